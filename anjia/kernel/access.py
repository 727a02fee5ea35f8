"""The record of every look at personal data: who, what, of whom, for which purpose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db.models import Exists, OuterRef, Q

from anjia.kernel import readonly
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import AccessRecord, Actor
from anjia.kernel.specs.text import Words

REVIEWED = "reviewed"
NOBODY = Words(zh="系统", en="The system")


def record(
    *,
    actor: int | None,
    subject: int | None,
    register: str,
    fields: Sequence[str],
    purpose: str,
    ground: str,
    case_number: str = "",
    outcome: str = "",
    withheld: bool = False,
    who: Words | None = None,
    grant: int | None = None,
    request_id: str = "",
) -> int:
    """Writes one access record and gives its id.

    Args:
        actor: id of the actor who looked, None for the system itself.
        subject: id of the person looked at, None when no single person was.
        register: register or interface that was read.
        fields: names of what was read.
        purpose: id of the purpose, one of the city's.
        ground: legal ground in words, with its tag.
        withheld: True when the law lets the look be kept from the person; a supervisor counts it.
        who: words for the person to read; by default the actor's name.
        request_id: joins the intent and the outcome of one query to a department.
    """
    words = who or _who(actor)
    row = AccessRecord(
        at=datetime.now(UTC),
        actor_id=actor,
        grant_id=grant,
        subject=subject,
        who_zh=words.zh,
        who_en=words.en,
        register=register,
        fields=list(fields),
        purpose=purpose,
        ground=ground,
        case_number=case_number,
        outcome=outcome,
        withheld=withheld,
        request_id=request_id,
    )
    with readonly.recording_allowed():
        row.save(force_insert=True)
    return int(row.pk)


def look(
    allowed: Allowed, subject: int | None, *, register: str, fields: Sequence[str], ground: str, case_number: str = "",
    outcome: str = "",
) -> int:  # fmt: skip
    """Writes the record of a look under a grant, by its actor and for its purpose, and gives the record's id."""
    actor = allowed.actor
    return record(
        actor=actor.pk, subject=subject, register=register, fields=fields, purpose=allowed.purpose, ground=ground,
        case_number=case_number, outcome=outcome, who=Words(zh=actor.name_zh, en=actor.name_zh), grant=allowed.grant,
    )  # fmt: skip


def of_person(person: int, *, before_id: int | None = None, limit: int = 50) -> list[AccessRecord]:
    """Gives the looks at a person, newest first, without those the law withholds."""
    rows = AccessRecord.objects.filter(subject=person, withheld=False).filter(_settled())
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def withheld_count(person: int | None = None) -> int:
    """Counts the withheld looks, of one person or of all, for the supervisor."""
    rows = AccessRecord.objects.filter(withheld=True).filter(_settled())
    return int((rows if person is None else rows.filter(subject=person)).count())


def withheld(*, before_id: int | None = None, limit: int = 50) -> list[AccessRecord]:
    """Gives the withheld looks, newest first, for the supervisor's review."""
    rows = AccessRecord.objects.filter(withheld=True).filter(_settled())
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def review(actor: int, looked: int, note: str) -> int:
    """Records that a supervisor has reviewed a withheld look, and what was found; gives the record's id.

    Raises:
        AnjiaError: `look-unknown` (404) when there is no such withheld look, `note-needed` (422).
    """
    if not AccessRecord.objects.filter(pk=looked, withheld=True).exists():
        raise AnjiaError(
            "look-unknown", "没有这条不告知本人的查询", "There is no such withheld look",
            ("请从列表进入", "Start from the list"), status=404,
        )  # fmt: skip
    if not note.strip():
        raise AnjiaError(
            "note-needed", "请写明复核意见", "Say what the review found",
            ("例如：依据充分，属本案所需", "For example: well grounded and needed for the case"), status=422,
        )  # fmt: skip
    return record(
        actor=actor, subject=None, register="access", fields=("withheld",), purpose="supervision",
        ground=note.strip()[:500], outcome=REVIEWED, request_id=f"review:{looked}",
    )  # fmt: skip


def reviews_of(looks: Sequence[int]) -> dict[int, AccessRecord]:
    """Gives the latest review of each of these looks."""
    keys = {f"review:{looked}": looked for looked in looks}
    rows = AccessRecord.objects.filter(request_id__in=keys, outcome=REVIEWED).order_by("id")
    return {keys[row.request_id]: row for row in rows}


def _settled() -> Q:
    """Leaves out the intent of a query whose outcome is recorded as well: one line a query."""
    outcome = AccessRecord.objects.filter(request_id=OuterRef("request_id"), id__gt=OuterRef("id"))
    return Q(request_id="") | ~Exists(outcome)


def _who(actor: int | None) -> Words:
    if actor is None:
        return NOBODY
    name = Actor.objects.values_list("name_zh", flat=True).get(pk=actor)
    return Words(zh=name, en=name)
