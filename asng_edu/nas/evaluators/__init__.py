"""What a choice is worth: on a supernet, in a table, trained from scratch; and a price on top of any of them."""
