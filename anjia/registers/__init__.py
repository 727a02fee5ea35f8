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
    "paper",
)
"""Names of all registers whose entries acts write."""
