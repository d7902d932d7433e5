"""The ledger of claims: what the book, its README and the article say in numbers, each with the code that checks it.

``figures/claims.yml`` is the ledger, :mod:`asng_edu.claims.ledger` reads it, and ``asng-edu claims`` runs the checks.
:mod:`~asng_edu.claims.method`, :mod:`~asng_edu.claims.sweep` and :mod:`~asng_edu.claims.search` compute what is claimed
of the method, of the robustness sweep and of architecture search. The page *What holds* shows them.
"""
