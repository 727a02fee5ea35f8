"""What the electronic booklet page shows: the household's head page and the cards of its members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.utils import timezone

from anjia.credentials import words
from anjia.credentials.sheet import born, day, say
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act, Actor
from anjia.kernel.specs import CertificateSpec, CitySpec
from anjia.registers import enquiries, history, people
from anjia.registers.history import HouseholdView
from anjia.registers.household import Household
from anjia.registers.membership import Membership
from anjia.registers.residence import Residence

CHANGES_SHOWN = 6
PRINTED = ("particulars", "condition", "status", "household", "membership")
"""Registers that a booklet prints: a page says when one of their facts is under enquiry."""

LARGEST = 60
"""Most members whose cards one booklet holds."""

HEAD = "02"


def content(act: Act, person: int, spec: CertificateSpec, city: CitySpec, language: str) -> dict[str, Any]:
    """Gives the layout's part `booklet`: the register as it was known at the act's moment.

    The cards are of those whose membership the act wrote, the applicant first; a parent who registers a
    child gets the child's. An act that entered nobody shows the applicant.

    Raises:
        AnjiaError: `household-unknown` (409) when the person is registered nowhere then.
    """
    on, known_at = act.effective_on, act.at
    membership = history.membership(person, on, known_at)
    if membership is None:
        raise _nowhere()
    household = history.household(membership.household, on, known_at)
    return {"booklet": _booklet(household, _concerned(act, person, membership.household), on, known_at, spec, language)}


def household_content(
    act: Act, person: int, spec: CertificateSpec, city: CitySpec, language: str
) -> dict[str, Any]:
    """Gives the same part for the whole household of a person: the head page and the card of every member.

    Raises:
        AnjiaError: `household-unknown` (409) when the person is registered nowhere then.
    """
    membership = history.membership(person, act.effective_on, act.at)
    if membership is None:
        raise _nowhere()
    return of_household(membership.household, act.effective_on, act.at, spec, language)


def of_household(
    subject: int, on: date, known_at: datetime, spec: CertificateSpec, language: str
) -> dict[str, Any]:
    """Gives the part `booklet` of a whole household as it was on a day, as known at a moment.

    Raises:
        AnjiaError: `household-unknown` (404); `booklet-too-large` (422) for a collective household of
            more than `LARGEST` members, who hold a card each.
    """
    household = history.household(subject, on, known_at)
    if len(household.members) > LARGEST:
        raise _too_large()
    members = [member.subject for member in household.members]
    return {"booklet": _booklet(household, members, on, known_at, spec, language)}


def _booklet(
    household: HouseholdView, persons: Sequence[int], on: date, known_at: datetime, spec: CertificateSpec, language: str
) -> dict[str, Any]:  # fmt: skip
    texts = {key: say(value, language) for key, value in spec.texts.items()}
    moment = timezone.localtime(known_at)
    as_of = texts["as-of"].format(on=day(on, language), moment=f"{day(moment.date(), language)} {moment:%H:%M}")
    doubts = [one for one in enquiries.running([household.subject, *persons], known_at) if one.register in PRINTED]
    return {
        "as_of": as_of + (texts["under-enquiry"].format(count=len(doubts)) if doubts else ""),
        "head": {
            "kind": words.kind(household.kind, language),
            "head_name": next((one.name for one in household.members if one.relation == HEAD), ""),
            "number": household.number,
            "issued_on": day(timezone.localdate(), language),
            "address": household.address,
            "moves": _moves(household.subject, on, known_at),
        },
        "persons": [_card(subject, on, known_at, texts, language) for subject in persons],
    }


def _moves(subject: int, on: date, known_at: datetime) -> list[dict[str, str]]:
    """Gives the changes of a household's address up to a day, oldest first (住址变动登记)."""
    rows = Household.objects.filter(subject=subject, valid_from__lte=on, recorded_from__lte=known_at)
    known = list(rows.exclude(recorded_to__lte=known_at).order_by("valid_from", "id"))
    clerk = _clerks([row.opened_by for row in known])
    return [
        {"on": row.valid_from.isoformat(), "address": row.address, "clerk": clerk.get(row.opened_by, "")}
        for before, row in pairwise(known)
        if row.address != before.address
    ][-CHANGES_SHOWN:]


def _concerned(act: Act, person: int, household: int) -> list[int]:
    """Gives whose cards are printed: the applicant and others whom the act entered, or the applicant alone."""
    rows = Membership.objects.filter(opened_by=act.pk, household=household, valid_from=act.effective_on)
    entered = list(rows.order_by("relation", "subject").values_list("subject", flat=True))
    return sorted(entered, key=lambda one: one != person) or [person]


def _card(
    subject: int, on: date, known_at: datetime, texts: Mapping[str, str], language: str
) -> dict[str, Any]:
    view = history.person(subject, on, known_at)
    rows = _memberships(subject, on, known_at)
    own, first = rows[-1], rows[0]
    clerk = _clerks([row.opened_by for row in rows])
    return {
        "name": view.name,
        "relation": words.relation(own.relation, language),
        "former_name": view.former_name,
        "sex": words.sex(view.sex, language),
        "birth_place": view.birth_place,
        "ethnicity": words.ethnicity(view.ethnicity, language),
        "native_place": view.native_place,
        "birth_on": born(view.birth_on, view.birth_known, language),
        "other_address": _other_address(subject, on, known_at, own.household),
        "religion": "",
        "citizen_no": people.number_on(subject, on, known_at) or "",
        "height": f"{view.height_cm} cm" if view.height_cm else "",
        "blood": words.word("blood", view.blood, language) if view.blood else "",
        "education": words.education(view.education, language),
        "marital": words.marital(view.marital, language),
        "military": words.military(view.military, language),
        "employer": view.employer,
        "occupation": view.occupation,
        "to_city": _came(first, texts, language),
        "to_address": _came(own, texts, language) if len(rows) > 1 else "",
        "clerk": clerk.get(own.opened_by, ""),
        "registered_on": day(own.valid_from, language),
        "changes": _changes(rows, known_at, clerk, texts, language),
    }


def _memberships(subject: int, on: date, known_at: datetime) -> list[Membership]:
    """Gives a person's registrations up to a day as they were known then, one a household stay."""
    rows = Membership.objects.filter(
        subject=subject, valid_from__lte=on, recorded_from__lte=known_at
    ).exclude(recorded_to__lte=known_at)
    stays: list[Membership] = []
    for row in rows.order_by("valid_from", "id"):
        if stays and stays[-1].household == row.household:
            row.from_place = row.from_place or stays[-1].from_place
            row.valid_from = stays[-1].valid_from
            stays[-1] = row
        else:
            stays.append(row)
    return stays


def _came(row: Membership, texts: Mapping[str, str], language: str) -> str:
    if not row.from_place:
        return ""
    return texts["from-place"].format(on=day(row.valid_from, language), place=row.from_place)


def _changes(
    rows: list[Membership],
    known_at: datetime,
    clerk: Mapping[int, str],
    texts: Mapping[str, str],
    language: str,
) -> list[dict[str, str]]:
    """Gives the latest changes of address, oldest first, as they stand on the back of a card."""
    return [
        {
            "item": texts["address"],
            "value": history.household(row.household, row.valid_from, known_at).address,
            "on": row.valid_from.isoformat(),
            "clerk": clerk.get(row.opened_by, ""),
        }
        for row in rows[1:][-CHANGES_SHOWN:]
    ]


def _clerks(acts: list[int]) -> dict[int, str]:
    """Gives the name of the officer behind each act; acts of the system have none."""
    actors = dict(Act.objects.filter(pk__in=acts, actor_id__isnull=False).values_list("pk", "actor_id"))
    names = dict(Actor.objects.filter(pk__in=set(actors.values()), kind="staff").values_list("pk", "name_zh"))
    return {act: names[actor] for act, actor in actors.items() if actor in names}


def _other_address(subject: int, on: date, known_at: datetime, household: int) -> str:
    """Gives where the person really lives when that is not the registered address."""
    lives = _as_of(Residence.objects.filter(subject=subject), on, known_at).first()
    if lives is None:
        return ""
    place = history.place(lives.place, on, known_at)
    registered = history.household(household, on, known_at).address
    return "" if place is None or place["printed"] == registered else place["printed"]


def _as_of(rows: Any, on: date, known_at: datetime) -> Any:
    """Narrows entries to those true on a day and known at a moment."""
    return (
        rows.filter(valid_from__lte=on, recorded_from__lte=known_at)
        .exclude(valid_to__lte=on)
        .exclude(recorded_to__lte=known_at)
        .order_by("id")
    )


def _nowhere() -> AnjiaError:
    return AnjiaError(
        "household-unknown",
        "此人当时没有户口登记，不能出具户口簿页",
        "This person was registered nowhere at that moment; no booklet page can be issued",
        ("请核对登记簿", "Check the register"),
        status=409,
    )


def _too_large() -> AnjiaError:
    return AnjiaError(
        "booklet-too-large",
        f"这一户超过 {LARGEST} 人，不出具整本户口簿",
        f"This household has more than {LARGEST} members; no booklet of all is issued",
        ("请为各成员出具户口簿页", "Issue the pages of its members instead"),
        status=422,
    )
