"""All tables of the registers, for Django's model loader."""

from anjia.registers.card import Card
from anjia.registers.claim import Claim
from anjia.registers.condition import Condition
from anjia.registers.custody import Custody
from anjia.registers.demise import Demise
from anjia.registers.derived import Changed, NameToken, PlaceName
from anjia.registers.division import Division
from anjia.registers.enquiry import Enquiry
from anjia.registers.guardianship import Guardianship
from anjia.registers.household import Household
from anjia.registers.identity import Identity
from anjia.registers.kinship import Kinship
from anjia.registers.load import Load
from anjia.registers.membership import Membership
from anjia.registers.merger import Merger
from anjia.registers.officer import Officer
from anjia.registers.origin import Origin
from anjia.registers.paper import Paper
from anjia.registers.particulars import Particulars
from anjia.registers.permit import Permit
from anjia.registers.place import Place
from anjia.registers.precision import Precision
from anjia.registers.residence import Residence
from anjia.registers.reversal import Reversal
from anjia.registers.status import Status
from anjia.registers.stay import Stay
from anjia.registers.succession import Succession

__all__ = [
    "Card",
    "Changed",
    "Claim",
    "Condition",
    "Custody",
    "Demise",
    "Division",
    "Enquiry",
    "Guardianship",
    "Household",
    "Identity",
    "Kinship",
    "Load",
    "Membership",
    "Merger",
    "NameToken",
    "Officer",
    "Origin",
    "Paper",
    "Particulars",
    "Permit",
    "Place",
    "PlaceName",
    "Precision",
    "Residence",
    "Reversal",
    "Status",
    "Stay",
    "Succession",
]
