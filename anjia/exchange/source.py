"""Departments as a source of facts: fills the port FactSource over purpose-bound, recorded queries."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from anjia.exchange.query import Answer, Line, QueryLog, Subject
from anjia.exchange.rounds import Gathered, ask_rounds
from anjia.exchange.transport import open_client
from anjia.kernel import access
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs import InterfaceSpec
from anjia.kernel.specs.text import Words
from anjia.registers import people
from anjia.rules import ports
from anjia.rules.ports import Fact, FactRequest

log = logging.getLogger(__name__)

NO_NUMBER = Words(
    "此人没有公民身份号码，无法向部门查询，请到窗口核实",
    "This person has no citizen number to ask departments by; settled at the window",
)
OUT_OF_REACH = Words(
    "部门数据暂时查不到，可先提交，由工作人员核实",
    "The departments cannot be reached just now. You can submit; a clerk will check.",
)
WAITING = Words("要先知道另一项事实才能查询", "Another fact must be known before this can be asked")


class DepartmentFacts:
    """Asks the interfaces of a request and gives the facts that they settle, unknown ones too.

    Args:
        open_line: gives the line to the departments; by default the city's, from the settings.
    """

    def __init__(self, open_line: Callable[[], Line] | None = None) -> None:
        self._open_line = open_line or line

    def facts(self, wanted: FactRequest) -> list[Fact]:
        """Asks in rounds, because an answer may hold what the next query asks by.

        Raises:
            AnjiaError: `query-purpose-refused` (403) when an interface may not be asked for this
                purpose; nothing has left then.
        """
        specs: Sequence[InterfaceSpec] = [spec for spec in wanted.interfaces if spec.answer == "now"]
        if not specs:
            return []
        number = people.number_of(wanted.person, None)
        if number is None:
            return [fact for spec in specs for fact in _unknown(spec, NO_NUMBER)]
        try:
            open_line = self._open_line()
        except AnjiaError as error:
            # The case goes on without the departments; whoever runs the service finds why in the log.
            log.error("%s", error)
            return [fact for spec in specs for fact in _unknown(spec, OUT_OF_REACH)]
        gathered = ask_rounds(
            specs,
            replace(open_line, log=_recorder(wanted, {spec.id: spec for spec in specs})),
            purpose=wanted.purpose,
            case_number=wanted.case_number,
            subject=Subject(number, people.name_of(wanted.person)),
            values=_before(wanted.known, specs),
        )
        return [fact for spec in specs for fact in _facts(spec, gathered)]


@functools.cache
def line() -> Line:
    """Gives the one line of this process: address and credentials from the settings.

    Raises:
        AnjiaError: `departments-credentials` (500) when the credentials file is missing or broken.
    """
    path = Path(settings.ANJIA_DEPARTMENTS_CREDENTIALS)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        token, secret = content["token"], content["secret"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AnjiaError(
            "departments-credentials",
            f"部门数据交换的凭据文件无法读取：{path}",
            f"The credentials of the departments' exchange cannot be read: {path}",
            ("请核对 ANJIA_DEPARTMENTS_CREDENTIALS", "Check ANJIA_DEPARTMENTS_CREDENTIALS"),
            status=500,
        ) from error
    return Line(
        base_url=settings.ANJIA_DEPARTMENTS_URL,
        token=token,
        secret=secret,
        client=open_client(),
        now=lambda: datetime.now(UTC),
        log=_unbound,
    )


def declare() -> None:
    """Makes the departments a source of every case's facts."""
    ports.register_fact_source(SOURCE)


def _unbound(entry: QueryLog) -> None:
    raise RuntimeError(f"query {entry.interface} has no record of who asks")


def _recorder(wanted: FactRequest, specs: Mapping[str, InterfaceSpec]) -> Callable[[QueryLog], None]:
    """Gives the log of one request: intent and outcome of a query share their `request_id`."""

    def record(entry: QueryLog) -> None:
        spec = specs[entry.interface]
        access.record(
            actor=wanted.on_behalf,
            subject=wanted.person,
            register=entry.interface,
            fields=entry.fields,
            purpose=entry.purpose,
            ground=_ground(spec),
            case_number=entry.case_number,
            outcome=entry.state or "",
            withheld=entry.withheld,
            request_id=entry.request_id,
        )

    return record


def _ground(spec: InterfaceSpec) -> str:
    return "；".join(
        f"{one.law}{' ' + one.article if one.article else ''} [{one.tag}]" for one in spec.ground
    )


def _before(known: Mapping[str, Any], specs: Iterable[InterfaceSpec]) -> dict[str, Any]:
    # What is asked again counts as unknown, so that a query never goes by an answer that is being replaced.
    renewed = {fact.id for spec in specs for fact in spec.fact}
    return {name: value for name, value in known.items() if name not in renewed}


def _facts(spec: InterfaceSpec, gathered: Gathered) -> list[Fact]:
    answer: Answer | None = gathered.answers.get(spec.id)
    if answer is None:
        return _unknown(spec, WAITING)
    return [
        Fact(one.id, answer.facts.get(one.id), answer.source, answer.answered_at, answer.detail)
        for one in spec.fact
    ]


def _unknown(spec: InterfaceSpec, detail: Words) -> list[Fact]:
    return [Fact(one.id, None, spec.owner, None, detail) for one in spec.fact]


SOURCE = DepartmentFacts()
