"""Checks facts and the interfaces that settle them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from anjia.kernel.definitions import soundness, vocabulary
from anjia.kernel.definitions.faults import Fault, Place
from anjia.kernel.definitions.rules import names_in
from anjia.kernel.specs import FactSpec, InterfaceSpec

if TYPE_CHECKING:
    from anjia.kernel.definitions.references import Known

SOURCES = ("register", "applicant", "consent", "clerk", "case", "derived")
PARAMETERS = re.compile(r"(?<![:\w]):([a-z_]\w*)")
SQL_NAMES = frozenset({"on", "known_at"})


def fact_faults(fact: FactSpec, place: Place, known: Known) -> Iterator[Fault]:
    """Gives the faults of one entry of the dictionary."""
    kind, _, ident = fact.source.partition(":")
    if kind == "interface":
        interface = known.catalogue.find("interface", ident)
        if interface is None:
            yield place.fault("source", "interface-unknown", f"没有接口“{ident}”", f"there is no interface {ident}")
        elif fact.id not in {one.id for one in interface.spec.fact}:
            yield place.fault(
                "source", "fact-unsettled", f"接口 {ident} 不提供“{fact.id}”", f"{ident} does not settle {fact.id}"
            )
    elif kind == "register" and ident:
        if known.kinds.get(ident) != "text":
            zh, en = f"没有登记过文本事实“{ident}”", f"there is no text fact {ident}"
            yield place.fault("source", "fact-unknown", zh, en)
    elif fact.source not in SOURCES:
        yield place.fault("source", "source-unknown", f"不认识的来源“{fact.source}”", f"unknown source {fact.source}")
    if kind == "register":
        yield from _sql(fact, place)
    if fact.dataset_sql or fact.datasets:
        yield from _dataset(fact, place)
    if fact.source == "derived":
        yield from _derived(fact, place, known)
    if fact.type == "bool":
        for key in fact.shown:
            if key not in ("true", "false"):
                yield place.fault(f'shown."{key}"', "fact-kind", "只能是 true 或 false", "must be true or false")


def _sql(fact: FactSpec, place: Place) -> Iterator[Fault]:
    if not fact.sql.strip():
        yield place.fault("id", "sql-missing", "登记簿事实须有 sql", "a fact of the register needs sql")
    for name in sorted(set(PARAMETERS.findall(fact.sql + fact.city_sql)) - SQL_NAMES):
        yield place.fault("sql", "sql-parameter", f"不认识的参数 :{name}", f"unknown parameter :{name}")


def _dataset(fact: FactSpec, place: Place) -> Iterator[Fault]:
    if not (fact.dataset_sql.strip() and fact.datasets):
        yield place.fault(
            "id", "dataset-incomplete", "datasets 和 dataset_sql 须一起填写", "datasets and dataset_sql go together"
        )
    for name in sorted(set(PARAMETERS.findall(fact.dataset_sql)) - {"on"}):
        yield place.fault("dataset_sql", "sql-parameter", f"不认识的参数 :{name}", f"unknown parameter :{name}")


def _derived(fact: FactSpec, place: Place, known: Known) -> Iterator[Fault]:
    if not fact.expression:
        yield place.fault("id", "expression-missing", "计算事实须有 expression", "a derived fact needs an expression")
    yield from vocabulary.expression_faults(place, "expression", fact.expression, known.kinds, result=fact.type)
    if fact.id in _rests_on(fact, known):
        yield place.fault("expression", "fact-cycle", f"“{fact.id}”由自己算出", f"{fact.id} rests on itself")


def _rests_on(fact: FactSpec, known: Known) -> set[str]:
    derived = {one.id: one.spec for one in known.catalogue.list("fact") if one.spec.source == "derived"}
    found: set[str] = set()
    left = set(names_in(fact.expression))
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left |= names_in(derived[name].expression) if name in derived else set()
    return found


def interface_faults(interface: InterfaceSpec, place: Place, known: Known) -> Iterator[Fault]:
    """Gives the faults of one interface beside those that its own shape shows."""
    for index, purpose in enumerate(interface.purposes):
        if purpose not in known.purposes:
            yield place.fault(f"purposes[{index}]", "purpose-unknown", f"没有用途“{purpose}”", f"no purpose {purpose}")
    types = {field.id: field.type for field in interface.field}
    for index, fact in enumerate(interface.fact):
        where = f"fact[{index}].id"
        declared = known.catalogue.find("fact", fact.id)
        if declared is None:
            yield place.fault(where, "fact-unknown", f"没有登记过“{fact.id}”", f"there is no fact {fact.id}")
            continue
        kind = "bool" if fact.found else types[fact.field]
        if declared.spec.type != kind:
            zh, en = (
                f"“{fact.id}”登记为 {declared.spec.type}，这里是 {kind}",
                f"{fact.id} is declared {declared.spec.type}",
            )
            yield place.fault(where, "fact-kind", zh, f"{en}, here {kind}")
        if fact.sensitive and not declared.spec.sensitive:
            yield place.fault(
                where, "fact-unmasked", f"“{fact.id}”须登记为敏感", f"{fact.id} must be declared sensitive"
            )
    yield from _request(interface, place, known)
    yield from soundness.twice(place, "field", [field.id for field in interface.field])


def _request(interface: InterfaceSpec, place: Place, known: Known) -> Iterator[Fault]:
    fields = {
        f"answers.{field.id}"
        for item in known.catalogue.list("item")
        for topic in item.spec.topic
        for field in topic.field
    }
    for name, source in interface.request.items():
        if source not in known.kinds and source not in fields:
            yield place.fault(
                f"request.{name}", "fact-unknown", f"没有登记过“{source}”", f"there is no fact or answer {source}"
            )
