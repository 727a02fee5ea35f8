# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rules: two variables each, where it is met (`R_03_yes`) and where it is not (`R_03_no`); neither is unknown.

Every formula is written by hand with the fewest array operations that say the rule: a truth value that is
not known is False, so it needs its twin only where it is denied. What several rules ask is a variable of
its own, computed once. `p` gives a variable of the day, `c` a parameter of the city, `day` the day.
"""

import numpy
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from peer.entities import Person
from peer.facts import PermitState, Status
from peer.periods import a_month_before

SHARED = {
    "identity_yes": lambda p, c, day: p("person_real") | (~p("person_real_known") & p("papers_genuine")),
    "identity_no": lambda p, c, day: (
        ~p("person_real") & (p("person_real_known") | (p("papers_genuine_known") & ~p("papers_genuine")))
    ),
    "status_known": lambda p, c, day: p("person_status") != Status.unknown,
    "is_elsewhere": lambda p, c, day: p("person_status") == Status.elsewhere,
    "not_elsewhere": lambda p, c, day: p("status_known") & ~p("is_elsewhere"),
    "permit_known": lambda p, c, day: p("permit_state") != PermitState.unknown,
    "permit_valid": lambda p, c, day: p("permit_state") == PermitState.valid,
    "permit_invalid": lambda p, c, day: p("permit_known") & ~p("permit_valid"),
    "permit_stands": lambda p, c, day: p("permit_valid") | (p("permit_state") == PermitState.suspended),
    "half_year": lambda p, c, day: p("residence_since_known") & (p("residence_months") >= c("half_year_months")),
    "not_half_year": lambda p, c, day: p("residence_since_known") & ~p("half_year"),
    "registered_here": lambda p, c, day: p("person_open_memberships_known") & (p("person_open_memberships") >= 1),
    "not_registered_here": lambda p, c, day: p("person_open_memberships_known") & ~p("registered_here"),
    "stays_not": lambda p, c, day: p("residence_registered_known") & ~p("residence_registered"),
    "due_soon": lambda p, c, day: a_month_before(p("permit_due_on")) <= day,
}

RULES = {
    "R_02_yes": lambda p, c, day: (
        p("half_year") & p("stay_longest_absence_known") & (p("stay_longest_absence") <= c("gap_days"))
    ),
    "R_02_no": lambda p, c, day: (
        p("not_half_year") | (p("stay_longest_absence_known") & (p("stay_longest_absence") > c("gap_days")))
    ),
    "R_03_yes": lambda p, c, day: (
        p("identity_yes") & p("is_elsewhere") & p("residence_registered") & p("half_year")
        & p("permit_known") & ~p("permit_stands")
    ),
    "R_03_no": lambda p, c, day: (
        p("identity_no") | p("not_elsewhere") | p("stays_not") | (p("residence_registered") & p("not_half_year"))
        | p("permit_stands")
    ),
    "R_04_home_yes": lambda p, c, day: p("lease_filed") | p("papers_home_seen") | p("person_own_dwelling"),
    "R_04_home_no": lambda p, c, day: (
        p("lease_filed_known") & p("papers_home_seen_known") & p("person_own_dwelling_known")
        & ~(p("lease_filed") | p("papers_home_seen") | p("person_own_dwelling"))
    ),
    "R_04_job_yes": lambda p, c, day: p("employment_active") | p("papers_job_seen"),
    "R_04_job_no": lambda p, c, day: (
        p("employment_active_known") & p("papers_job_seen_known") & ~(p("employment_active") | p("papers_job_seen"))
    ),
    "R_04_study_yes": lambda p, c, day: p("school_attending") | p("papers_study_seen"),
    "R_04_study_no": lambda p, c, day: (
        p("school_attending_known") & p("papers_study_seen_known") & ~(p("school_attending") | p("papers_study_seen"))
    ),
    "R_06_yes": lambda p, c, day: (
        p("identity_yes") & p("permit_stands") & p("residence_registered") & p("permit_due_on_known") & p("due_soon")
    ),
    "R_06_no": lambda p, c, day: (
        p("identity_no") | (p("permit_known") & ~p("permit_stands")) | p("stays_not")
        | (p("permit_stands") & p("permit_due_on_known") & ~p("due_soon"))
    ),
    "R_07_yes": lambda p, c, day: p("permit_valid") & p("permit_due_on_known") & (p("permit_due_on") < day),
    "R_07_no": lambda p, c, day: p("permit_invalid") | (p("permit_due_on_known") & (p("permit_due_on") >= day)),
    "R_09_yes": lambda p, c, day: (
        p("registered_here") | (p("person_status") == Status.dead) | p("stays_not") | p("permit_fraud_found")
        | p("applicant_ends_permit")
    ),
    "R_09_no": lambda p, c, day: (
        p("not_registered_here") & p("status_known") & (p("person_status") != Status.dead) & p("residence_registered")
        & p("permit_fraud_found_known") & ~p("permit_fraud_found")
        & p("applicant_ends_permit_known") & ~p("applicant_ends_permit")
    ),
    "R_24_yes": lambda p, c, day: (
        (p("person_status") == Status.registered) | (p("residence_registered") & p("half_year"))
    ),
    "R_24_no": lambda p, c, day: (
        p("status_known") & (p("person_status") != Status.registered) & (p("stays_not") | p("not_half_year"))
    ),
    "E_01_yes": lambda p, c, day: (
        p("is_elsewhere") & p("person_birth_on_known") & (p("age") >= c("school_start_age"))
        & p("school_compulsory_done_known") & ~p("school_compulsory_done")
        & (p("permit_valid") | p("guardian_permit_valid"))
    ),
    "E_01_no": lambda p, c, day: (
        p("not_elsewhere") | (p("person_birth_on_known") & (p("age") < c("school_start_age")))
        | p("school_compulsory_done")
        | (p("permit_invalid") & p("guardian_permit_valid_known") & ~p("guardian_permit_valid"))
    ),
    "E_02_yes": lambda p, c, day: (
        p("assist_income_yuan_known") & p("assist_standard_yuan_known")
        & (p("assist_income_yuan") < p("assist_standard_yuan")) & p("assist_assets_ok")
    ),
    "E_02_no": lambda p, c, day: (
        (p("assist_income_yuan_known") & p("assist_standard_yuan_known")
         & (p("assist_income_yuan") >= p("assist_standard_yuan")))
        | (p("assist_assets_ok_known") & ~p("assist_assets_ok"))
    ),
    "E_02_permit_yes": lambda p, c, day: (
        p("assist_permit_family") & p("permit_years_from_known")
        & (p("permit_months") >= c("dibao_permit_residence_months"))
        & p("employment_months_known") & (p("employment_months") >= c("dibao_permit_insurance_months"))
        & p("assist_origin_grant_known") & ~p("assist_origin_grant")
    ),
    "E_02_permit_no": lambda p, c, day: (
        (p("assist_permit_family_known") & ~p("assist_permit_family"))
        | (p("permit_years_from_known") & (p("permit_months") < c("dibao_permit_residence_months")))
        | (p("employment_months_known") & (p("employment_months") < c("dibao_permit_insurance_months")))
        | p("assist_origin_grant")
    ),
    "E_03_A_yes": lambda p, c, day: (
        p("is_elsewhere") & p("permit_valid") & p("employment_months_known")
        & (p("employment_months") >= c("temp_aid_insurance_months")) & p("assist_hardship")
    ),
    "E_03_A_no": lambda p, c, day: (
        p("not_elsewhere") | p("permit_invalid")
        | (p("employment_months_known") & (p("employment_months") < c("temp_aid_insurance_months")))
        | (p("assist_hardship_known") & ~p("assist_hardship"))
    ),
    "E_04_yes": lambda p, c, day: (
        p("permit_valid") & p("medical_employee_active_known") & ~p("medical_employee_active")
    ),
    "E_04_no": lambda p, c, day: p("permit_invalid") | p("medical_employee_active"),
    "E_05_yes": lambda p, c, day: p("identity_yes") & p("insurance_flexible"),
    "E_05_no": lambda p, c, day: p("identity_no") | (p("insurance_flexible_known") & ~p("insurance_flexible")),
    "E_07_yes": lambda p, c, day: p("registered_here") | p("permit_valid"),
    "E_07_no": lambda p, c, day: p("not_registered_here") & p("permit_invalid"),
    "E_07_benefit_yes": lambda p, c, day: (
        p("unemployment_paid_months_known") & (p("unemployment_paid_months") >= 12)
        & p("unemployment_involuntary") & p("unemployment_registered")
        & p("unemployment_received_months_known") & (p("unemployment_received_months") < longest(p))
    ),
    "E_07_benefit_no": lambda p, c, day: (
        (p("unemployment_paid_months_known") & (p("unemployment_paid_months") < 12))
        | (p("unemployment_involuntary_known") & ~p("unemployment_involuntary"))
        | (p("unemployment_registered_known") & ~p("unemployment_registered"))
        | (p("unemployment_paid_months_known") & p("unemployment_received_months_known")
           & (p("unemployment_received_months") >= longest(p)))
    ),
    "E_08_yes": lambda p, c, day: (
        p("permit_valid") & p("employment_active")
        & p("employment_months_known") & (p("employment_months") >= c("rental_migrant_months"))
        & p("person_own_dwelling_known") & ~p("person_own_dwelling")
    ),
    "E_08_no": lambda p, c, day: (
        p("permit_invalid") | (p("employment_active_known") & ~p("employment_active"))
        | (p("employment_months_known") & (p("employment_months") < c("rental_migrant_months")))
        | p("person_own_dwelling")
    ),
    "E_09_yes": lambda p, c, day: p("registered_here") | p("residence_registered") | p("applicant_lives_here"),
    "E_09_no": lambda p, c, day: (
        p("not_registered_here") & p("stays_not") & p("applicant_lives_here_known") & ~p("applicant_lives_here")
    ),
    "E_10_yes": lambda p, c, day: (
        p("person_birth_on_known") & (p("age") >= c("elder_age")) & p("residence_registered")
    ),
    "E_10_no": lambda p, c, day: (p("person_birth_on_known") & (p("age") < c("elder_age"))) | p("stays_not"),
    "E_11_yes": lambda p, c, day: (
        p("registered_here") & p("medical_resident_active_known") & ~p("medical_resident_active")
        & p("person_birth_on_known") & (days_old(p, day) <= c("newborn_window_days"))
    ),
    "E_11_no": lambda p, c, day: (
        p("not_registered_here") | p("medical_resident_active")
        | (p("person_birth_on_known") & (days_old(p, day) > c("newborn_window_days")))
    ),
}


def longest(p):
    """Gives the longest term of the unemployment benefit in months."""
    paid = p("unemployment_paid_months")
    return numpy.where(paid < 60, 12, numpy.where(paid < 120, 18, 24))


def days_old(p, day):
    """Gives the days since birth."""
    return (day - p("person_birth_on")).astype(int)


def variables():
    """Gives the classes of all variables with a formula."""
    for name, formula in {**SHARED, **RULES}.items():
        yield _variable(name, formula)


def _variable(name, said):
    def formula(person, period, parameters):
        city = parameters(period)
        day = numpy.datetime64(period.start.date, "D")
        return said(lambda other: person(other, period), lambda other: getattr(city, other), day)

    body = {
        "value_type": bool, "entity": Person, "definition_period": DateUnit.DAY, "label": name, "formula": formula,
    }
    return type(name, (Variable,), body)
