"""An interface: one purpose-bound query to a department, and the facts that its answer settles."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from anjia.kernel.specs.text import Basis, Words

FieldType = Literal["bool", "int", "decimal", "text", "date"]


class RecordField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One declared field of the department's record; what is not declared is dropped unread.

    Attributes:
        path: dotted path in the record, `lessor.name`.
        optional: the department may leave it out or send null; any other absence is a fault.
    """

    id: str
    type: FieldType
    label: Words
    path: str
    optional: bool = False


class InterfaceFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fact that the answer settles, from exactly one of `found` and `field`.

    What is computed from several fields is a `derived` fact of the dictionary, not of the interface.

    Attributes:
        found: the fact is true because a record was found.
        field: id of the declared field whose value is the fact.
        not_found: value when the department has no such record; left out = unknown.
        sensitive: shown only masked; used to ask another department or a consent.
    """

    id: str
    found: bool = False
    field: str = ""
    not_found: bool | int | str | None = None
    sensitive: bool = False

    def __post_init__(self) -> None:
        """Refuses a fact without exactly one origin (msgspec reports it as a fault of the file)."""
        if self.found is bool(self.field):
            raise ValueError(f"fact {self.id}: give exactly one of found, field")


class InterfaceSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A query to a department (files `interfaces/*.toml`).

    The subject (citizen number and name) is always sent; `request` adds arguments.

    Attributes:
        direction: `out` = we ask; `in` = we are asked.
        owner: the department, in words for the person to read.
        purposes: ids of the city's purposes for which the query may be made.
        ground: legal ground for asking, each with its tag.
        path: path under the department's address, `/v1/lease-filing`; never holds personal data.
        timeout_ms: hard total time for one query, in milliseconds.
        request: argument → name of its source: a fact id, `answers.<field>`, `case.<name>`.
        optional: arguments that are left out when their source is unknown; without any other
            argument the query waits.
        answer: `now` in the same call, or `later`: another city is asked by message, and the facts are
            unknown until its answer comes; `request` then names the city as `origin`.
        withhold: the law lets the query be withheld from the person; a supervisor reviews it.
        nothing_found: what the person reads when the department has no such record.
    """

    kind: Literal["interface"]
    id: str
    title: Words
    direction: Literal["out", "in"]
    owner: Words
    valid_from: date
    purposes: tuple[str, ...]
    ground: tuple[Basis, ...]
    path: str
    timeout_ms: int
    field: tuple[RecordField, ...]
    fact: tuple[InterfaceFact, ...]
    request: dict[str, str] = {}
    optional: tuple[str, ...] = ()
    nothing_found: Words | None = None
    withhold: bool = False
    answer: Literal["now", "later"] = "now"
    tags: tuple[str, ...] = ()
    note: Words | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        """Refuses what no query could run on (msgspec reports it as a fault of the file)."""
        if not self.path.startswith("/") or "?" in self.path:
            raise ValueError("path must start with / and hold no query")
        if not 50 <= self.timeout_ms <= 30_000:
            raise ValueError("timeout_ms must be from 50 to 30000")
        if self.answer == "later" and "origin" not in self.request:
            raise ValueError("an interface that is answered later names the other city as `origin`")
        if not self.purposes or not self.ground:
            raise ValueError("a query needs a purpose and a legal ground")
        fields = [field.id for field in self.field]
        facts = [fact.id for fact in self.fact]
        for kind, names in (("field", fields), ("fact", facts)):
            if len(set(names)) != len(names):
                raise ValueError(f"a {kind} is declared twice")
        for fact in self.fact:
            if fact.field and fact.field not in fields:
                raise ValueError(f"fact {fact.id} reads field {fact.field}, which is not declared")
        strangers = set(self.optional) - set(self.request)
        if strangers:
            raise ValueError(f"optional names no argument of request: {', '.join(sorted(strangers))}")
