# SPDX-License-Identifier: AGPL-3.0-or-later
"""The inputs: two variables a fact, its value and whether it is known.

OpenFisca has two truth values and a default for what is missing; the rules have three. So every fact
`x` has a twin `x_known`, and a value that is not known is the default (False, 0, 1970-01-01).
"""

from datetime import date

from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from peer.entities import Person


class Status(Enum):
    """Registration of a person (person.status)."""

    unknown = "not known"
    registered = "0"
    dead = "1"
    elsewhere = "8"
    other = "any other"


class PermitState(Enum):
    """State of a residence permit (permit.state)."""

    unknown = "not known"
    none = "none"
    valid = "valid"
    suspended = "suspended"
    cancelled = "cancelled"


BOOLEANS = (
    "applicant_ends_permit", "applicant_lives_here", "assist_assets_ok", "assist_hardship", "assist_origin_grant",
    "assist_permit_family", "employment_active", "guardian_permit_valid", "insurance_flexible", "lease_filed",
    "medical_employee_active", "medical_resident_active", "papers_genuine", "papers_home_seen", "papers_job_seen",
    "papers_study_seen", "permit_fraud_found", "person_own_dwelling", "person_real", "residence_registered",
    "school_attending", "school_compulsory_done", "unemployment_involuntary", "unemployment_registered",
)
INTEGERS = (
    "employment_months", "person_open_memberships", "stay_longest_absence", "unemployment_paid_months",
    "unemployment_received_months",
)
DECIMALS = ("assist_income_yuan", "assist_standard_yuan")
DATES = ("permit_due_on", "permit_years_from", "person_birth_on", "residence_since")
ENUMS = {"person_status": Status, "permit_state": PermitState}


def variables():
    """Gives the classes of all inputs."""
    kinds = [(bool, BOOLEANS), (int, INTEGERS), (float, DECIMALS), (date, DATES)]
    for kind, names in kinds:
        for name in names:
            yield _variable(name, kind)
            yield _variable(f"{name}_known", bool)
    for name, kind in ENUMS.items():
        yield _variable(name, Enum, possible_values=kind, default_value=kind.unknown)


def _variable(name, kind, **more):
    body = {"value_type": kind, "entity": Person, "definition_period": DateUnit.DAY, "label": name, **more}
    return type(name, (Variable,), body)
