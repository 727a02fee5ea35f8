"""A person from elsewhere at the window: taken into the register of persons, then registered where they live."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from django.utils import timezone

from anjia.casework import window
from anjia.casework.models import Case
from anjia.kernel import acts
from anjia.kernel.acts import Draft
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.registers import operations, people

ITEM = "D17"
EVENT = "RESREG"
ANSWERS = {
    "where": ("arrived_on", "place_code", "ground", "reported_by"),
    "home": ("home_division", "home_address", "phone"),
}


def register(allowed: Allowed, said: Mapping[str, str], *, seen: bool, key: uuid.UUID) -> Case:
    """Registers a newcomer's residence as a case that is decided at once; the same key does it once.

    Args:
        said: `name`, `number`, `ethnicity` and the answers of the item's form.
        seen: the officer saw the originals.

    Raises:
        AnjiaError: `number-mismatch` (422), `name-mismatch` (409), and whatever the case refuses.
    """
    person = _person(allowed, said, uuid.uuid5(key, "person"))
    answers = {topic: {name: said.get(name, "") for name in names} for topic, names in ANSWERS.items()}
    answers["where"] |= {"lives_here": "yes"}
    checks = {"papers.genuine": True} if seen else {}
    return window.at_once(allowed.actor, ITEM, person=person, answers=answers, checks=checks, key=key)


def _person(allowed: Allowed, said: Mapping[str, str], key: uuid.UUID) -> int:
    """Gives the person of the number, taken in now when the register has none."""
    known = people.find_by_number(said["number"])
    if known is not None:
        if people.name_of(known) != said["name"]:
            raise _other_name()
        return known
    today = timezone.localdate()
    ready = operations.prepare(
        "take-in-person",
        {
            "name": said["name"], "number": said["number"], "ethnicity": said["ethnicity"],
            "birth_on": _birth(said["number"]), "sex": str(2 - int(said["number"][16]) % 2),
        },
        on=today,
    )  # fmt: skip
    item = publishing.in_force().get("item", ITEM, today)
    done = acts.commit(
        Draft(
            key=key, event=EVENT, definition=item.digest, actor=allowed.actor.pk, subjects=ready.subjects,
            effective_on=today, reason="市外户口人员登记 / person from elsewhere", evidence={}, decide=ready.decide,
            reads=ready.reads, new_subjects=ready.new_subjects, grant=allowed.grant,
            station=allowed.actor.station,
        )
    )  # fmt: skip
    person = done.summary.get("person") or people.find_by_number(said["number"])
    assert person is not None
    return int(person)


def _birth(number: str) -> date:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise AnjiaError(
            "number-mismatch", "公民身份号码中的出生日期不对", "The citizen number holds no possible birth date",
            ("请核对号码", "Check the number"), status=422,
        ) from error  # fmt: skip


def _other_name() -> AnjiaError:
    return AnjiaError(
        "name-mismatch", "登记簿中这个号码是另一个姓名", "The register has another name for this number",
        ("请核对身份证；改过姓名的，先办姓名变更", "Check the ID card; a changed name is amended first"), status=409,
    )  # fmt: skip
