"""All tables of the registers, for Django's model loader."""

from anjia.registers.condition import Condition
from anjia.registers.division import Division
from anjia.registers.household import Household
from anjia.registers.identity import Identity
from anjia.registers.kinship import Kinship
from anjia.registers.load import Load
from anjia.registers.membership import Membership
from anjia.registers.particulars import Particulars
from anjia.registers.place import Place
from anjia.registers.residence import Residence
from anjia.registers.status import Status

__all__ = [
    "Condition",
    "Division",
    "Household",
    "Identity",
    "Kinship",
    "Load",
    "Membership",
    "Particulars",
    "Place",
    "Residence",
    "Status",
]
