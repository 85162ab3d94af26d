"""A number and an ordering that a source might state, as entries of the ledger."""

ENTRY = {
    "id": "claim9.number",
    "kind": "stated-number",
    "paper": "schaeffer2020",
    "source": "Fig. 9",
    "statement": "A number is one half.",
    "unit": "fraction of trials",
    "published": 0.5,
    "tolerance": 0.1,
    "reason": "One digit is given.",
    "notebook": "09_number",
    "networks": 3,
    "over": "nothing",
}
ORDERING = {
    **{key: value for key, value in ENTRY.items() if key not in ("tolerance", "published")},
    "id": "claim9.ordering",
    "kind": "stated-ordering",
    "range": [0, 1],
}
OWN = {**ORDERING, "id": "claim9.own", "kind": "own"}


def in_file(entry):
    """As it stands in a file, where a published number is quoted."""
    return {k: str(v) if k == "published" else v for k, v in entry.items()}
