# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ages and periods up to the day asked about, as variables that several rules share."""

import calendar

import numpy
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from peer.entities import Person


def months_until(since, day):
    """Gives whole months from days to a day: complete on the same day of the month, or on the month's last."""
    month = since.astype("datetime64[M]")
    of_month = (since - month.astype("datetime64[D]")).astype(int) + 1
    last = calendar.monthrange(day.year, day.month)[1]
    whole = (day.year - 1970) * 12 + day.month - 1 - month.astype(int)
    return whole - ((of_month > day.day) & (day.day < last))


def a_month_before(days):
    """Gives the corresponding day of the month before, or its last."""
    month = days.astype("datetime64[M]")
    of_month = (days - month.astype("datetime64[D]")).astype(int)
    before = (month - 1).astype("datetime64[D]")
    length = (month.astype("datetime64[D]") - before).astype(int)
    return before + numpy.minimum(of_month, length - 1)


class age(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.DAY
    label = "Completed years"

    def formula(person, period):
        birth = person("person_birth_on", period)
        birth_year = birth.astype("datetime64[Y]").astype(int) + 1970
        birth_month = birth.astype("datetime64[M]").astype(int) % 12 + 1
        birth_day = (birth - birth.astype("datetime64[M]") + 1).astype(int)
        day = period.start
        is_birthday_past = (birth_month < day.month) + (birth_month == day.month) * (birth_day <= day.day)
        return (day.year - birth_year) - numpy.where(is_birthday_past, 0, 1)


class residence_months(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.DAY
    label = "Months of residence"

    def formula(person, period):
        return months_until(person("residence_since", period), period.start)


class permit_months(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.DAY
    label = "Months counted for the permit"

    def formula(person, period):
        return months_until(person("permit_years_from", period), period.start)
