"""Facts that another city settles by letter: unknown until its answer comes, then like any other fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from anjia.exchange import coming, partners
from anjia.exchange.models import Move
from anjia.exchange.rounds import arguments_for
from anjia.kernel import access
from anjia.kernel.definitions import publishing
from anjia.kernel.specs import InterfaceSpec
from anjia.kernel.specs.text import Words
from anjia.registers import divisions, papers, people
from anjia.rules import ports
from anjia.rules.ports import Fact, FactRequest

NOT_YET = Words(
    "准予迁入后向迁出地发函，迁出地答复后自动继续",
    "The place left is asked once the move is permitted; the case goes on by itself when it answers",
)
NOT_CONNECTED = Words(
    "迁出地没有联通一站式迁移，请按准迁证、迁移证办理",
    "The place left does not take part in one-stop moves; use the papers of the classic way",
)
COMPANION = ("companion_no", "companion_name")


class CityFacts:
    """Asks the city that is left, once for a case, and gives what it has said so far."""

    def facts(self, wanted: FactRequest) -> list[Fact]:
        """Gives the facts of every interface that is answered later; it never waits for anybody."""
        return [fact for spec in wanted.interfaces if spec.answer == "later" for fact in _facts(spec, wanted)]


def _facts(spec: InterfaceSpec, wanted: FactRequest) -> list[Fact]:
    move = coming.find(wanted.case_number)
    if move is None or move.state in ("withdrawn", "expired"):
        arguments = arguments_for(spec, wanted.known)
        if arguments is None or not all(one is not False for one in arguments.values()):
            return _unknown(spec, NOT_YET)
        if not partners.is_connected(str(arguments["origin"])):
            return _unknown(spec, NOT_CONNECTED)
        move = _asked(spec, wanted, arguments)
    return _said(spec, move)


def _asked(spec: InterfaceSpec, wanted: FactRequest, arguments: Mapping[str, Any]) -> Move:
    """Writes to the other city; the look is on record before the letter leaves."""
    access.record(
        actor=wanted.on_behalf, subject=wanted.person, register=spec.id,
        fields=tuple(field.id for field in spec.field), purpose=wanted.purpose,
        ground="；".join(f"{one.law}{' ' + one.article if one.article else ''} [{one.tag}]" for one in spec.ground),
        case_number=wanted.case_number, outcome="asked",
    )  # fmt: skip
    persons = [(people.number_of(wanted.person, None) or "", people.name_of(wanted.person))]
    number, name = (arguments.get(part) for part in COMPANION)
    if number and name:
        persons.append((str(number), str(name)))
    city = publishing.in_force().city
    division = str(arguments.get("division") or city.code.ljust(12, "0"))
    place = " ".join(one.name for one in divisions.path(division))
    return coming.ask(
        wanted.case_number, str(arguments["origin"]), wanted.person, persons,
        destination=f"{city.name.zh} {place}".strip(), reason=wanted.item.title.zh, division=division,
    )  # fmt: skip


def _said(spec: InterfaceSpec, move: Move) -> list[Fact]:
    partner = partners.find_spec(move.partner)
    source = partner.office if partner else spec.owner
    if move.state in ("requested", "expired", "withdrawn"):
        # What an earlier letter of this case was answered holds no more: this is news, not silence.
        at = move.opened_at if coming.is_anew(move) else None
        return [Fact(one.id, None, source, at, _waiting(move, source)) for one in spec.fact]
    record = _record(move)
    values = {field.id: record.get(field.path) for field in spec.field}
    return [
        Fact(one.id, True if one.found else values[one.field], source, move.answered_at, None) for one in spec.fact
    ]


def _record(move: Move) -> dict[str, Any]:
    if move.state == "objected":
        return {"released": False, "ground": move.ground, "city": move.partner}
    paper = papers.get("release", move.partner, str(move.uid))
    is_live = paper["state"] == papers.ISSUED and paper["valid_until"] >= timezone.localdate()
    return {
        "released": True if is_live or move.state in ("registered", "closed") else None, "release": str(move.uid),
        "city": move.partner, "valid_until": paper["valid_until"],
    }  # fmt: skip


def _waiting(move: Move, source: Words) -> Words:
    on = timezone.localtime(move.opened_at)
    return Words(
        f"已于 {on:%Y-%m-%d} 向{source.zh}发函，应在 {move.due_on} 前答复；答复后自动继续",
        f"Asked {source.en} on {on:%Y-%m-%d}; its answer is due by {move.due_on}, then the case goes on by itself",
    )


def _unknown(spec: InterfaceSpec, detail: Words) -> list[Fact]:
    return [Fact(one.id, None, spec.owner, None, detail) for one in spec.fact]


SOURCE = CityFacts()


def declare() -> None:
    """Makes the other cities a source of every case's facts."""
    ports.register_fact_source(SOURCE)
