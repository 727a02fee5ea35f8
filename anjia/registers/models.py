"""All tables of the registers, for Django's model loader."""

from anjia.registers.claim import Claim
from anjia.registers.condition import Condition
from anjia.registers.custody import Custody
from anjia.registers.demise import Demise
from anjia.registers.division import Division
from anjia.registers.household import Household
from anjia.registers.identity import Identity
from anjia.registers.kinship import Kinship
from anjia.registers.membership import Membership
from anjia.registers.merger import Merger
from anjia.registers.origin import Origin
from anjia.registers.particulars import Particulars
from anjia.registers.place import Place
from anjia.registers.residence import Residence
from anjia.registers.status import Status

__all__ = [
    "Claim",
    "Condition",
    "Custody",
    "Demise",
    "Division",
    "Household",
    "Identity",
    "Kinship",
    "Membership",
    "Merger",
    "Origin",
    "Particulars",
    "Place",
    "Residence",
    "Status",
]
