"""Opening and finding cases; every look of staff leaves one access record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from anjia.casework.definition import item_of
from anjia.casework.models import OPEN_STATES, Case
from anjia.kernel import access, grants, numbers
from anjia.kernel.definitions import publishing
from anjia.kernel.definitions.catalogue import Catalogue, Definition
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import Actor
from anjia.registers import divisions, history, residing

CHANNELS = ("residents", "counter", "kiosk", "departments")
NO_TERM = date(9999, 12, 31)
SHOWN = ("number", "item", "person", "answers", "facts", "steps")


def open_case(
    actor: Actor, item_id: str, *, person: int | None = None, channel: str, on_behalf_of: int | None = None
) -> Case:
    """Opens a draft of an item for a person (by default the actor's own).

    Args:
        channel: `residents`, `counter`, `kiosk` or `departments`.
        on_behalf_of: the person for whom the actor acts under a power of attorney.

    Raises:
        AnjiaError: `case-open-already` (409) with the open case's `number`; `grant-missing` (403);
            `person-needed` for an actor without a person; `definition-unknown` (404).
    """
    today = timezone.localdate()
    catalogue = publishing.in_force()
    definition = catalogue.get("item", item_id, today)
    subject = person if person is not None else actor.person
    if subject is None:
        raise _person_needed()
    division = actor.station if actor.kind == "staff" and actor.station else _division_of(subject)
    allowed = grants.require(actor, "case", "open", definition.spec.data_purpose, on=today)
    if not allowed.covers(division=division, subject=subject):
        raise out_of_reach()
    if (before := find_open(subject, item_id)) is not None:
        raise open_already(before)
    try:
        with transaction.atomic():
            return _create(actor, definition, catalogue, subject, division, channel, on_behalf_of, today)
    except IntegrityError as error:
        # Two taps at once: the other one has opened it between our look and our write.
        before = find_open(subject, item_id)
        if before is None:
            raise
        raise open_already(before) from error


def find_open(person: int, item_id: str) -> Case | None:
    """Gives the person's open case of an item, None when there is none."""
    return Case.objects.filter(person=person, item=item_id, state__in=OPEN_STATES).first()


def get(allowed: Allowed, number: str) -> Case:
    """Gives a case that the grant shows and, for staff, records the look.

    Raises:
        AnjiaError: `case-unknown` (404) when there is none or the grant does not show it.
    """
    rows = Case.objects.filter(allowed.q(division="division", subject="person"), number=number)
    case = rows.first()
    if case is None:
        raise _unknown(number)
    if allowed.actor.kind != "resident":
        access.look(
            allowed, case.person, register="case", fields=SHOWN, ground=item_of(case).title.zh,
            case_number=case.number,
        )  # fmt: skip
    return case


def queue(
    allowed: Allowed, *, states: Sequence[str] = ("open",), step: str = "",
    after: tuple[date | None, int] | None = None, limit: int = 50,
) -> list[Case]:  # fmt: skip
    """Gives the open cases of the grant's area, those due first, those without a term last.

    Args:
        after: `(due_on, id)` of the last row of the page before.
    """
    rows = Case.objects.filter(allowed.q(division="division", subject="person"), state__in=states)
    if step:
        rows = rows.filter(next_step=step)
    rows = rows.annotate(due=Coalesce("due_on", Value(NO_TERM)))
    if after is not None:
        day = after[0] or NO_TERM
        rows = rows.filter(Q(due__gt=day) | Q(due=day, id__gt=after[1]))
    found = list(rows.order_by("due", "id")[:limit])
    access.look(
        allowed, None, register="case", fields=("number", "item", "person", "due_on"), ground="待办列表 / list of work",
        outcome=f"{len(found)} rows",
    )  # fmt: skip
    return found


def of_person(allowed: Allowed, *, before_id: int | None = None, limit: int = 50) -> list[Case]:
    """Gives the cases of the grant's own person, newest first."""
    rows = Case.objects.filter(person=allowed.person)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def open_already(case: Case) -> AnjiaError:
    """Gives the error for a second case of the same person and item."""
    title = item_of(case).title
    return AnjiaError(
        "case-open-already",
        f"您已有一件在办的“{title.zh}”，编号 {case.number}",
        f"You already have an open case of “{title.en}”, number {case.number}",
        ("请继续办理这一件，或先撤回它", "Go on with that case, or withdraw it first"),
        status=409,
        number=case.number,
        state=case.state,
    )


def out_of_reach() -> AnjiaError:
    """Gives the error for an actor whose grant does not cover the person or area."""
    return AnjiaError(
        "grant-area",
        "您的授权不包括此人或此地区",
        "Your grant does not cover this person or area",
        ("请由管辖的派出所办理", "Ask the station in charge"),
        status=403,
    )


def _create(
    actor: Actor, definition: Definition, catalogue: Catalogue, subject: int, division: str, channel: str,
    on_behalf_of: int | None, today: date,
) -> Case:  # fmt: skip
    station = divisions.station_of(division)
    return Case.objects.create(
        number=numbers.case_number(catalogue.city.case_prefix, division[:6], today),
        item=definition.id,
        definition=definition.digest,
        person=subject,
        on_behalf_of=on_behalf_of,
        opened_by=actor.pk,
        channel=channel,
        division=division,
        station=station,
        opened_at=timezone.now(),
        opened_on=today,
    )


def _division_of(person: int) -> str:
    membership = history.membership(person, timezone.localdate(), timezone.now())
    if membership is not None:
        return str(membership.division)
    # Whoever is registered elsewhere belongs to the station where they live.
    lives = residing.division_of(person, timezone.localdate(), timezone.now())
    if lives:
        return lives
    # Whoever was registered here once belongs to the station of the household that was left.
    left = history.last_household_of(person, timezone.now())
    return str(left.division) if left is not None else publishing.in_force().city.code.ljust(12, "0")


def _person_needed() -> AnjiaError:
    return AnjiaError(
        "person-needed",
        "没有指明为谁办理",
        "It is not said for whom the case is",
        ("请先查找并选定此人", "Find and choose the person first"),
    )


def _unknown(number: str) -> AnjiaError:
    return AnjiaError(
        "case-unknown",
        f"没有您可以查看的办件 {number}",
        f"There is no case {number} that you may see",
        ("请核对编号，或从待办列表进入", "Check the number, or start from the list"),
        status=404,
        number=number,
    )
