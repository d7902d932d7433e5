"""Many trials of many settings: the compiled trial of Fig. 4, and the sweep over a grid of them."""
