"""Registers of persons, households and addresses: typed entries on two time axes."""

REGISTERS = (
    "particulars",
    "status",
    "condition",
    "kinship",
    "household",
    "membership",
    "residence",
    "place",
    "identity",
    "precision",
    "enquiry",
    "stay",
    "permit",
    "card",
    "origin",
    "claim",
    "custody",
    "demise",
    "merger",
    "officer",
    "guardianship",
    "reversal",
    "paper",
)
"""Names of all registers whose entries acts write."""
