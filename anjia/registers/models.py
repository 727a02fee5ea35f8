"""All tables of the registers, for Django's model loader."""

from anjia.registers.condition import Condition
from anjia.registers.division import Division
from anjia.registers.guardianship import Guardianship
from anjia.registers.household import Household
from anjia.registers.identity import Identity
from anjia.registers.kinship import Kinship
from anjia.registers.membership import Membership
from anjia.registers.officer import Officer
from anjia.registers.particulars import Particulars
from anjia.registers.place import Place
from anjia.registers.residence import Residence
from anjia.registers.reversal import Reversal
from anjia.registers.status import Status
from anjia.registers.succession import Succession

__all__ = [
    "Condition",
    "Division",
    "Guardianship",
    "Household",
    "Identity",
    "Kinship",
    "Membership",
    "Officer",
    "Particulars",
    "Place",
    "Residence",
    "Reversal",
    "Status",
    "Succession",
]
