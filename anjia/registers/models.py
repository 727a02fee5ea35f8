"""All tables of the registers, for Django's model loader."""

from anjia.registers.card import Card
from anjia.registers.condition import Condition
from anjia.registers.division import Division
from anjia.registers.enquiry import Enquiry
from anjia.registers.household import Household
from anjia.registers.identity import Identity
from anjia.registers.kinship import Kinship
from anjia.registers.membership import Membership
from anjia.registers.particulars import Particulars
from anjia.registers.permit import Permit
from anjia.registers.place import Place
from anjia.registers.precision import Precision
from anjia.registers.residence import Residence
from anjia.registers.status import Status
from anjia.registers.stay import Stay

__all__ = [
    "Card",
    "Condition",
    "Division",
    "Enquiry",
    "Household",
    "Identity",
    "Kinship",
    "Membership",
    "Particulars",
    "Permit",
    "Place",
    "Precision",
    "Residence",
    "Status",
    "Stay",
]
