"""The ledger of claims: what the book, its README and the article say in numbers, each with the code that checks it.

``figures/claims.yml`` is the ledger, :mod:`asng_book.claims.ledger` reads it, and ``asng-book claims`` runs the checks.
The modules ``method``, ``sweep`` and ``search`` compute what is claimed of the method, of the robustness sweep and of
architecture search. The page *What holds* shows them.
"""
