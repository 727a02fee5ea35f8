"""Checks service items: what they name exists, their steps can be walked, their facts can be settled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from anjia.kernel.definitions import soundness, vocabulary
from anjia.kernel.definitions.faults import Fault, Place
from anjia.kernel.definitions.rules import example_facts, names_in
from anjia.kernel.specs import ItemSpec, RuleSpec

if TYPE_CHECKING:
    from anjia.kernel.definitions.references import Known


def faults(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    """Gives the faults of one item."""
    yield from _named(item, place, known)
    yield from _ids(item, place)
    yield from _form(item, place, known)
    yield from _consents(item, place, known)
    yield from _parties(item, place, known)
    yield from _steps(item, place, known)
    yield from _changes(item, place, known)
    yield from _given(item, place, known)
    yield from _examples(item, place, known)
    yield from _settled(item, place, known)


def _missing(place: Place, known: Known, kind: str, where: str, ident: str) -> Iterator[Fault]:
    if known.catalogue.find(kind, ident) is None:
        yield place.fault(where, f"{kind}-unknown", f"没有登记过“{ident}”", f"there is no {kind} {ident}")


def _named(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    for index, rule in enumerate(item.rules):
        yield from _missing(place, known, "rule", f"rules[{index}]", rule)
    for number, outcome in enumerate(item.outcome):
        for index, rule in enumerate(outcome.rules):
            yield from _missing(place, known, "rule", f"outcome[{number}].rules[{index}]", rule)
    for index, interface in enumerate(item.interfaces):
        yield from _missing(place, known, "interface", f"interfaces[{index}]", interface)
        found = known.catalogue.find("interface", interface)
        if found is not None and item.data_purpose not in found.spec.purposes:
            yield place.fault(
                f"interfaces[{index}]", "purpose-refused",
                f"{interface} 不能用于 {item.data_purpose}", f"{interface} may not be asked for {item.data_purpose}",
            )  # fmt: skip
    for index, document in enumerate(item.document):
        yield from _missing(place, known, "certificate", f"document[{index}].certificate", document.certificate)
    for number, material in enumerate(item.material):
        for index, fact in enumerate(material.facts):
            yield from _missing(place, known, "fact", f"material[{number}].facts[{index}]", fact)
        if material.interface:
            yield from _missing(place, known, "interface", f"material[{number}].interface", material.interface)
    if item.data_purpose not in known.purposes:
        yield place.fault(
            "data_purpose", "purpose-unknown", f"没有用途“{item.data_purpose}”", f"no purpose {item.data_purpose}"
        )
    for index, effect in enumerate(item.effects):
        if known.effects is not None and effect not in known.effects:
            yield place.fault(f"effects[{index}]", "effect-unknown", f"没有后续动作“{effect}”", f"no effect {effect}")


def _ids(item: ItemSpec, place: Place) -> Iterator[Fault]:
    for name in ("outcome", "topic", "material", "consent", "party", "step"):
        yield from soundness.twice(place, name, [one.id for one in getattr(item, name)])
    seen: set[str] = set()
    for number, topic in enumerate(item.topic):
        for index, field in enumerate(topic.field):
            if field.id in seen:
                where = f"topic[{number}].field[{index}].id"
                yield place.fault(where, "id-twice", f"{field.id} 重复", f"{field.id} stands here twice")
            seen.add(field.id)


def _form(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    kinds = vocabulary.of_item(item, known.kinds)
    for number, topic in enumerate(item.topic):
        yield from vocabulary.expression_faults(place, f"topic[{number}].show_when", topic.show_when, kinds)
        for index, fact in enumerate(topic.shows):
            yield from _missing(place, known, "fact", f"topic[{number}].shows[{index}]", fact)
        for index, field in enumerate(topic.field):
            where = f"topic[{number}].field[{index}]"
            yield from vocabulary.expression_faults(place, f"{where}.show_when", field.show_when, kinds)
            yield from vocabulary.expression_faults(place, f"{where}.check", field.check, kinds)
            if not field.fact:
                continue
            yield from _missing(place, known, "fact", f"{where}.fact", field.fact)
            kind = vocabulary.FIELD_KINDS[field.type]
            declared = known.kinds.get(field.fact)
            if declared is not None and declared != kind and (declared, kind) != ("int", "decimal"):
                yield place.fault(
                    f"{where}.fact", "fact-kind",
                    f"“{field.fact}”是 {declared}，这一问是 {kind}", f"{field.fact} is {declared}, the question {kind}",
                )  # fmt: skip


def _consents(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    kinds = vocabulary.of_item(item, known.kinds)
    for index, consent in enumerate(item.consent):
        yield from _missing(place, known, "fact", f"consent[{index}].who", consent.who)
        yield from _missing(place, known, "fact", f"consent[{index}].fact", consent.fact)
        yield from vocabulary.expression_faults(place, f"consent[{index}].when", consent.when, kinds)


def _parties(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    idents = {party.id for party in item.party}
    for index, party in enumerate(item.party):
        facts = {"place": party.place, "public_check": party.public_check, "dwelling": party.dwelling}
        for name, fact in facts.items():
            if fact:
                yield from _missing(place, known, "fact", f"party[{index}].{name}", fact)
        if party.interface:
            yield from _missing(place, known, "interface", f"party[{index}].interface", party.interface)
        for name in ("tells", "hears"):
            if not any(getattr(step, name) == party.id for step in item.step):
                yield place.fault(
                    f"party[{index}].id", "party-unheard",
                    f"没有步骤告知并听取“{party.id}”", f"no step {name} {party.id}",
                )  # fmt: skip
    named = [(f"step[{n}].tells", step.tells) for n, step in enumerate(item.step)]
    named += [(f"step[{n}].hears", step.hears) for n, step in enumerate(item.step)]
    named += [(f"document[{n}].to", one.to) for n, one in enumerate(item.document)]
    for where, ident in named:
        if ident and ident not in idents:
            yield place.fault(where, "party-unknown", f"没有相关人“{ident}”", f"there is no party {ident}")


def _steps(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    idents = [step.id for step in item.step]
    for index, step in enumerate(item.step):
        for number, other in enumerate(step.not_same_as):
            where = f"step[{index}].not_same_as[{number}]"
            if other not in idents:
                yield place.fault(where, "step-unknown", f"没有步骤“{other}”", f"there is no step {other}")
            elif other not in idents[:index]:
                yield place.fault(
                    where, "step-cycle", f"“{other}”不在这一步之前", f"{other} does not come before {step.id}"
                )
        for number, check in enumerate(step.checks):
            where = f"step[{index}].checks[{number}]"
            yield from _missing(place, known, "fact", where, check)
            found = known.catalogue.find("fact", check)
            if found is not None and found.spec.source in ("register", "derived"):
                yield place.fault(where, "fact-kind", f"“{check}”不由窗口核对", f"{check} is not settled by a clerk")
        for number, outcome in enumerate(step.outcomes):
            if outcome not in {one.id for one in item.outcome}:
                where = f"step[{index}].outcomes[{number}]"
                yield place.fault(where, "outcome-unknown", f"没有结果“{outcome}”", f"there is no outcome {outcome}")
        for number, fact in enumerate(step.awaits):
            yield from _missing(place, known, "fact", f"step[{index}].awaits[{number}]", fact)
    if item.step and item.step[-1].action != "approve":
        yield place.fault(
            f"step[{len(idents) - 1}].action", "step-last", "最后一步须是 approve", "the last step must be approve"
        )


def _changes(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    kinds = vocabulary.of_item(item, known.kinds)
    for index, change in enumerate(item.change):
        where = f"change[{index}]"
        yield from vocabulary.expression_faults(place, f"{where}.when", change.when, kinds)
        yield from vocabulary.expression_faults(place, f"{where}.on", change.on, kinds, result="date")
        for name, text in change.values.items():
            yield from vocabulary.expression_faults(place, f"{where}.values.{name}", text, kinds, result="")
        if known.operations is None:
            continue
        if change.do not in known.operations:
            yield place.fault(f"{where}.do", "operation-unknown", f"没有操作“{change.do}”", f"no operation {change.do}")
            continue
        for name in change.values:
            if name not in known.operations[change.do]:
                yield place.fault(
                    f"{where}.values.{name}", "argument-unknown",
                    f"{change.do} 没有参数“{name}”", f"{change.do} takes no {name}",
                )  # fmt: skip


def _given(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    kinds = vocabulary.of_item(item, known.kinds)
    for number, text in enumerate(item.about):
        yield from vocabulary.expression_faults(place, f"about[{number}]", text, kinds, result="")
    for name, text in item.given.items():
        where = f'given."{name}"'
        yield from _missing(place, known, "fact", where, name)
        found = known.catalogue.find("fact", name)
        if found is None:
            continue
        yield from vocabulary.expression_faults(place, where, text, kinds, result=found.spec.type)
        if found.spec.source not in ("case", "clerk", "applicant"):
            yield place.fault(
                where, "fact-kind", f"“{name}”由 {found.spec.source} 提供，事项不能自己说",
                f"{name} comes from {found.spec.source}; an item cannot say it itself",
            )  # fmt: skip


def _examples(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    outcomes = {one.id for one in item.outcome}
    kinds = vocabulary.of_item(item, known.kinds)
    for index, example in enumerate(item.example):
        yield from example_facts(place, f"example[{index}].facts", example.facts, kinds)
        for ident in example.expect:
            if ident not in outcomes:
                yield place.fault(
                    f"example[{index}].expect.{ident}", "outcome-unknown", f"没有结果“{ident}”", f"no outcome {ident}"
                )


def _settled(item: ItemSpec, place: Place, known: Known) -> Iterator[Fault]:
    """Gives the facts that a rule of the item needs and that nothing in the item can ever settle."""
    asked = {field.fact for topic in item.topic for field in topic.field if field.fact}
    fields = {field.id for topic in item.topic for field in topic.field}
    agreed = {consent.fact for consent in item.consent}
    checked = {check for step in item.step for check in step.checks}
    heard = tuple(f"{party.id}." for party in item.party)
    idents = dict.fromkeys([*item.rules, *(rule for one in item.outcome for rule in one.rules)])
    for ident in idents:
        found = known.catalogue.find("rule", ident)
        for name in _needed(found.spec, known, fields) if found else ():
            spec = known.catalogue.get("fact", name).spec
            source = spec.source
            kind, _, interface = source.partition(":")
            settled = {
                "interface": interface in item.interfaces,
                "applicant": name in asked or name in item.given,
                "consent": name in agreed,
                "clerk": name in item.given or (spec.type != "bool" and name in asked),
                "case": name in item.given or name in asked or name.startswith(("case.", *heard)),
            }.get(kind, True)
            if not settled and name not in checked:
                yield place.fault(
                    "rules", "fact-unsettled",
                    f"规则 {ident} 要用“{name}”（{source}），本事项没有取得它的办法",
                    f"rule {ident} needs {name} ({source}), which nothing in this item settles",
                )  # fmt: skip


def _needed(rule: RuleSpec, known: Known, fields: set[str]) -> list[str]:
    """Gives the facts of a rule, computed ones by their parts unless a question of the item stands for them."""
    names = [name for one in rule.clause for name in (*names_in(one.applies), *names_in(one.when))]
    found: list[str] = []
    for name in names:
        declared = known.catalogue.find("fact", name)
        if declared is None:
            continue
        if declared.spec.source == "derived" and declared.spec.ask in fields:
            continue
        parts = names_in(declared.spec.expression) if declared.spec.source == "derived" else {name}
        found += sorted(part for part in parts if known.catalogue.find("fact", part) is not None)
    return list(dict.fromkeys(found))
