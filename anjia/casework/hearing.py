"""People whom a decision touches without their asking: told of it, heard before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from anjia.casework import notices, writing
from anjia.casework.definition import catalogue_of, item_of
from anjia.casework.models import Case, Statement
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor
from anjia.kernel.specs.item import Party, Step
from anjia.kernel.specs.text import Words
from anjia.registers import deciding, people
from anjia.rules import ports
from anjia.rules.ports import Fact, FactRequest

REGISTER = Words("户口登记簿", "Household register")
HEARD = Words("陈述申辩记录", "Record of the hearing")
NOT_TOLD = Words("还没有告知", "Not told yet")
LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """A person who is to be told, and the dwelling of that person's own (empty when none is known)."""

    person: int
    dwelling: str


def of_case(case: Case) -> list[Statement]:
    """Gives the statements of a case in the order in which they were asked for."""
    return list(case.statements.order_by("id"))


def of_person(person: int) -> list[Statement]:
    """Gives what a person is heard about, newest first."""
    return list(Statement.objects.select_related("case").filter(person=person).order_by("-id"))


def spec_of(statement: Statement) -> Party:
    """Gives the declaration of the party to which the person belongs."""
    return party_of(statement.case, statement.party)


def party_of(case: Case, ident: str) -> Party:
    """Gives a party of the case's item."""
    return next(one for one in item_of(case).party if one.id == ident)


def persons(case: Case, party: Party, known: Mapping[str, Fact]) -> list[int] | None:
    """Gives who is registered at the dwelling and not in the applicant's household; None while it is unknown."""
    fact = known.get(party.place)
    if fact is None or not fact.value:
        return None
    return deciding.others_at(str(fact.value), case.person)


def look(actor: Actor, case: Case, step: Step, known: Mapping[str, Fact]) -> list[Found]:
    """Gives whom the step tells, each asked about at the declared department.

    Runs outside any transaction, because each query must be on record before it leaves.
    """
    if not step.tells:
        return []
    party = party_of(case, step.tells)
    return [Found(who, _dwelling(actor, case, party, who)) for who in persons(case, party, known) or ()]


def tell(case: Case, step: Step, found: Iterable[Found], checks: Mapping[str, bool]) -> None:
    """Tells each person once, under the case's lock; the term begins the day after."""
    party = party_of(case, step.tells)
    public = checks.get(party.public_check) is True
    today = timezone.localdate()
    due = today + timedelta(days=party.term_days + (party.public_days if public else 0))
    for one in found:
        row, fresh = Statement.objects.get_or_create(
            case=case, party=party.id, person=one.person,
            defaults={"told_at": timezone.now(), "public": public, "due_on": due, "dwelling": one.dwelling},
        )  # fmt: skip
        if fresh:
            notices.send(
                f"statement:{row.pk}", person=one.person, case=case, kind="hearing", title=party.title,
                body=Words(party.told.zh.format(due=f"{due:%Y-%m-%d}"), party.told.en.format(due=f"{due:%Y-%m-%d}")),
            )  # fmt: skip


def facts(case: Case, known: Mapping[str, Fact]) -> Iterable[Fact]:
    """Gives what the case knows of its parties; nothing is heard before it was told."""
    parties = item_of(case).party
    rows = of_case(case) if parties else []
    for party in parties:
        present = persons(case, party, known)
        count = None if present is None else len(present)
        yield Fact(f"{party.id}.persons", count, REGISTER, timezone.now(), None)
        told = [one for one in rows if one.party == party.id and one.person in (present or ())]
        at = max((one.said_at or one.told_at for one in told), default=None)
        heard, detail = _heard(told, present)
        yield Fact(f"{party.id}.heard", heard, HEARD, at, detail)
        objections = sum(one.state == "objected" for one in told) if heard else None
        yield Fact(f"{party.id}.objections", objections, HEARD, at, None if told else NOT_TOLD)
        yield Fact(f"{party.id}.destinations", _destinations(told) if told else None, HEARD, at, None)


def settles(step: Step) -> tuple[str, ...]:
    """Gives the ids of the facts that telling or hearing at a step settles."""
    names = {step.tells, step.hears} - {""}
    return tuple(f"{name}.{fact}" for name in sorted(names) for fact in ("heard", "objections"))


def require_heard(case: Case, step: Step) -> None:
    """Refuses to pass a step before the party could speak.

    Raises:
        AnjiaError: `hearing-open` (409) with the day from which the step may pass.
    """
    if not step.hears:
        return
    waiting = [one for one in of_case(case) if one.party == step.hears and one.state == "told"]
    last = max((one.due_on for one in waiting), default=None)
    if last is None or timezone.localdate() > last:
        return
    opens = last + timedelta(days=1)
    raise AnjiaError(
        "hearing-open",
        f"陈述申辩期到 {last:%Y-%m-%d} 为止，还有 {len(waiting)} 人没有答复",
        f"The people concerned may speak until {last:%Y-%m-%d}; {len(waiting)} have not answered",
        (f"请在 {opens:%Y-%m-%d} 起办理，或等全部答复后办理",
         f"Take this step from {opens:%Y-%m-%d}, or once all have answered"),
        status=409,
        opens_on=opens.isoformat(),
        waiting=len(waiting),
    )  # fmt: skip


def speak(actor: Actor, statement_id: int, *, objects: bool, words: str, wish: str = "") -> Statement:
    """Keeps what a person says; it may be changed until the case is decided.

    Args:
        wish: `collective`, or the address code of the person's own dwelling; empty for the order of the rules.

    Raises:
        AnjiaError: `statement-unknown` (404), `statement-empty`, `statement-long`, `wish-unknown` (422),
            `case-closed` (409), `hearing-over` (409).
    """
    with transaction.atomic():
        found = Statement.objects.select_related("case").filter(pk=statement_id).first()
        if found is None or actor.person is None or found.person != actor.person:
            raise unknown()
        with writing.locked(found.case) as case:
            writing.require_open(case)
            row = Statement.objects.select_for_update(of=("self",)).get(pk=found.pk)
            _require_sound(row, objects, words, wish)
            row.state, row.words, row.wish, row.said_at = (
                "objected" if objects else "agreed", words.strip(), wish, timezone.now(),
            )  # fmt: skip
            row.save(update_fields=["state", "words", "wish", "said_at"])
            writing.save(case)
            return row


def _require_sound(row: Statement, objects: bool, words: str, wish: str) -> None:
    if timezone.localdate() > row.due_on:
        raise AnjiaError(
            "hearing-over",
            f"陈述申辩期已于 {row.due_on:%Y-%m-%d} 届满", f"The term to speak ended on {row.due_on:%Y-%m-%d}",
            ("决定作出后可以申请行政复议或者提起诉讼", "After the decision you may ask for review or sue"), status=409,
        )  # fmt: skip
    if objects and not words.strip():
        raise AnjiaError(
            "statement-empty", "请写明您的理由", "Please say why you object",
            ("例如您在这套房屋里的权利，或者没有别处可住",
             "For instance your right in the dwelling, or having no other place"),
            status=422, field="words",
        )  # fmt: skip
    if len(words) > LIMIT:
        raise AnjiaError(
            "statement-long", f"内容超过 {LIMIT} 个字", f"The text is longer than {LIMIT} characters",
            ("请写短一些，其余可以当面提交", "Shorten it; the rest can be handed in at the station"),
            status=422, field="words",
        )  # fmt: skip
    if wish and wish not in ("collective", row.dwelling):
        raise AnjiaError(
            "wish-unknown", "这个去处不在可选范围内", "This place is not one of the choices",
            ("请从列出的选项中选", "Choose from those listed"), status=422, field="wish",
        )  # fmt: skip


def _heard(told: Sequence[Statement], present: Sequence[int] | None) -> tuple[bool | None, Words | None]:
    if present is None or not told or {one.person for one in told} < set(present):
        return None, NOT_TOLD
    waiting = [one.due_on for one in told if one.state == "told"]
    if not waiting or timezone.localdate() > max(waiting):
        return True, None
    last = max(waiting)
    return None, Words(f"陈述申辩期到 {last:%Y-%m-%d} 为止", f"They may speak until {last:%Y-%m-%d}")


def _destinations(told: Sequence[Statement]) -> str:
    """Gives person=place pairs for the operation: the wish, else the own dwelling, else nothing."""
    return ",".join(f"{one.person}={one.wish or one.dwelling}" for one in told)


def _dwelling(actor: Actor, case: Case, party: Party, person: int) -> str:
    if not party.interface:
        return ""
    catalogue = catalogue_of(case)
    item = item_of(case)
    request = FactRequest(
        item=item, catalogue=catalogue, interfaces=(catalogue.get("interface", party.interface).spec,), person=person,
        case_number=case.number, purpose=item.data_purpose, known={}, on=timezone.localdate(), on_behalf=actor.pk,
    )  # fmt: skip
    for source in ports.sources():
        for fact in source.facts(request):
            if fact.id == party.dwelling and fact.value:
                return str(fact.value)
    return ""


def decided_for(case: Case) -> dict[str, list[int]]:
    """Gives, for each party, the persons who were told: they get the decision too."""
    groups: dict[str, list[int]] = {}
    for row in of_case(case):
        groups.setdefault(row.party, []).append(row.person)
    return groups


def names(rows: Sequence[Statement]) -> dict[int, str]:
    """Gives the names of those who are heard."""
    return people.names_of([one.person for one in rows])


def unknown() -> AnjiaError:
    """Gives the error for a statement that is not this person's."""
    return AnjiaError(
        "statement-unknown", "没有需要您陈述的这件事", "There is no such matter to speak about",
        ("请从“同意事项”进入", "Start from “Consents”"), status=404,
    )  # fmt: skip
