"""A number and an ordering that a source might state, as entries of the ledger."""

ENTRY = {
    "id": "claim9.number",
    "claim": "Claim 9",
    "source": "Fig. 9",
    "statement": "A number is one half.",
    "unit": "fraction of trials",
    "published": 0.5,
    "tolerance": 0.1,
    "reason": "One digit is given.",
    "notebook": "09_number",
    "seeds": 3,
}
ORDERING = {
    **{key: value for key, value in ENTRY.items() if key != "tolerance"},
    "id": "claim9.ordering",
    "published": None,
    "range": [0, 1],
}
