"""Definitions: every fault of a city's files at its own line, and publishing by two persons, whole or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from anjia.kernel import definitions
from anjia.kernel.definitions import publishing, references
from anjia.kernel.definitions.catalogue import Catalogue, digest_of
from anjia.kernel.definitions.faults import Fault, keys_of
from anjia.kernel.definitions.loading import load
from anjia.kernel.definitions.positions import nearest, positions
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import PublishedDefinition
from anjia.rules import examples

CITY = """kind = "city"
id = "test"
code = "990100"
name = {zh = "青石市", en = "Bluestone"}
bureau = {zh = "青石市公安局", en = "Bluestone Bureau"}
product = {zh = "户籍室", en = "Registry"}
hotline = "1"
case_prefix = "BS"
valid_from = 2020-01-01
synthetic = true
number_prefixes = ["990199"]
station = {zh = "{town}派出所", en = "{town} Station"}
purposes = {settlement = {zh = "落户", en = "Settlement"}}
parameter = [{id = "age", value = 18, valid_from = 2020-01-01, label = {zh = "成年", en = "Age"}}]
"""

FACTS = """kind = "fact"
valid_from = 2020-01-01

[[definition]]
id = "person.birth_on"
label = {zh = "出生日期", en = "Born"}
type = "date"
source = "register"
source_label = {zh = "登记簿", en = "Register"}
sql = "select subject, birth_on as value from t where a <= :on and b > :known_at"

[[definition]]
id = "person.agrees"
label = {zh = "同意", en = "Agrees"}
type = "bool"
source = "applicant"
source_label = {zh = "申请人", en = "Applicant"}
"""

RULE = """kind = "rule"
id = "R-1"
title = {zh = "规则", en = "Rule"}
chapter = "R"
plain = {zh = "规则。", en = "A rule."}
tags = ["law"]
valid_from = 2020-01-01

[[clause]]
id = "a"
when = "years_between(person.birth_on, today) >= cfg.age"
text = {zh = "成年", en = "Of age"}
basis = [{law = "某法", article = "1", tag = "law"}]
remedy = {zh = "等到成年", en = "Wait"}

[[clause]]
id = "b"
when = "person.agrees"
text = {zh = "同意", en = "Agrees"}
basis = [{law = "某法", article = "2", tag = "law"}]
remedy = {zh = "请同意", en = "Agree"}

[[example]]
name = "yes"
on = 2024-03-01
facts = {"person.birth_on" = 2000-01-01, "person.agrees" = true}
expect = "yes"
"""

ITEM = """kind = "item"
id = "I-1"
slug = "one"
title = {zh = "事项", en = "Item"}
purpose = {zh = "办事", en = "Purpose"}
applicant = {zh = "居民", en = "Residents"}
channel = "online"
event = "MOVE_INTRA"
data_purpose = "settlement"
valid_from = 2020-01-01
rules = ["R-1"]
tags = ["assumed"]
terms = {prereview_working_days = 1, decision_working_days = 1, basis = {zh = "承诺", en = "Promise"}, tag = "assumed"}

[[outcome]]
id = "done"
title = {zh = "办成", en = "Done"}
rules = ["R-1"]

[[topic]]
id = "form"
title = {zh = "表", en = "Form"}

[[topic.field]]
id = "agrees"
type = "yesno"
label = {zh = "同意吗", en = "Do you agree?"}
fact = "person.agrees"

[[step]]
id = "accept"
title = {zh = "受理", en = "Accept"}
action = "accept"
level = "station"
term_working_days = 1

[[step]]
id = "approve"
title = {zh = "审批", en = "Approve"}
action = "approve"
level = "station"
term_working_days = 1
not_same_as = ["accept"]

[[change]]
do = "move"
values = {place = "answers.agrees"}
"""

ROLE = """kind = "role"
id = "clerk"
title = {zh = "职员", en = "Clerk"}
channel = "counter"
valid_from = 2020-01-01
permit = [{register = "case", actions = ["read"], scope = "area", purposes = ["settlement"]}]
"""

FILES = {
    "city.toml": CITY, "facts/facts.toml": FACTS, "rules/rule.toml": RULE, "items/item.toml": ITEM,
    "roles/role.toml": ROLE,
}  # fmt: skip

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the sound little city, with one text of one file replaced by another."""

    def written(file: str = "", old: str = "", new: str = "", **more: str) -> Path:
        for name, text in {**FILES, **more}.items():
            if name == file:
                assert old in text
                text = text.replace(old, new, 1)
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return written


def line_in(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    (found,) = [n for n, line in enumerate(lines, 1) if text in line]
    return found


def faults_of(folder: Path) -> list[Fault]:
    loaded = load(folder)
    checked = references.check(loaded.catalogue, operations={"move": ("place", "person")}, effects=("send",))
    return [*loaded.faults, *checked, *examples.run(loaded.catalogue)]


def test_a_sound_city_has_no_fault(write: Write) -> None:
    assert faults_of(write()) == []


RULES, ITEMS, DICTIONARY, ROLES = "rules/rule.toml", "items/item.toml", "facts/facts.toml", "roles/role.toml"
REMEDY = 'remedy = {zh = "请同意", en = "Agree"}'
BROKEN = [
    (RULES, 'when = "person.agrees"', 'when = "person.agreed"', "expression-name-unknown", "person.agreed"),
    (RULES, 'when = "person.agrees"', 'when = "person.agrees and"', "expression-invalid", "agrees and"),
    (RULES, 'when = "person.agrees"', 'when = "person.birth_on"', "expression-kind", '"person.birth_on"\n'),
    (RULES, "cfg.age", "cfg.old", "expression-name-unknown", "cfg.old"),
    (RULES, 'article = "2", tag = "law"}', 'article = "2"}', "basis-untagged", 'article = "2"}'),
    (RULES, 'article = "2", tag = "law"}', 'article = "2", tag = "sure"}', "tag-unknown", "sure"),
    (RULES, REMEDY, 'remedy = {zh = "请同意", en = " "}', "words-empty", 'en = " "'),
    (RULES, REMEDY, 'remedy = {zh = "请同意", en = "请同意"}', "words-untranslated", 'en = "请同意"'),
    (RULES, REMEDY, 'remedy = {zh = "请同意"}', "definition-invalid", '"请同意"}'),
    (RULES, 'id = "b"', 'id = "a"', "id-twice", ""),
    (RULES, 'id = "b"', 'id = "b"\ncolour = "red"', "definition-invalid", "colour"),
    (RULES, 'expect = "yes"', 'expect = "no"', "example-fails", "[[example]]"),
    (RULES, '"person.agrees" = true', '"person.agree" = true', "fact-unknown", "person.agree\""),
    (RULES, '"person.agrees" = true', '"person.agrees" = 1', "fact-kind", '= 1}'),
    (RULES, 'tags = ["law"]', 'tags = ["law"', "toml-malformed", ""),
    (RULES, 'kind = "rule"', 'kind = "ruel"', "kind-unknown", "ruel"),
    (ITEMS, 'rules = ["R-1"]\ntags', 'rules = ["R-9"]\ntags', "rule-unknown", '["R-9"]'),
    (ITEMS, 'data_purpose = "settlement"', 'data_purpose = "fun"', "purpose-unknown", '"fun"'),
    (ITEMS, 'fact = "person.agrees"', 'fact = "person.agree"', "fact-unknown", '"person.agree"'),
    (ITEMS, 'fact = "person.agrees"', 'fact = "person.birth_on"', "fact-kind", 'fact = "person.birth_on"'),
    (ITEMS, 'not_same_as = ["accept"]', 'not_same_as = ["approve"]', "step-cycle", "not_same_as"),
    (ITEMS, 'not_same_as = ["accept"]', 'not_same_as = ["examine"]', "step-unknown", "not_same_as"),
    (ITEMS, 'tags = ["assumed"]', 'tags = ["assumed"]\ngiven = {"person.birth_on" = "today"}', "fact-kind", "given"),
    (ITEMS, 'tags = ["assumed"]', 'tags = ["assumed"]\nabout = ["answers.who"]', "expression-name-unknown", "who"),
    (ITEMS, 'not_same_as = ["accept"]', 'outcomes = ["none"]', "outcome-unknown", "outcomes"),
    (ITEMS, 'do = "move"', 'do = "fly"', "operation-unknown", '"fly"'),
    (ITEMS, 'place = "answers.agrees"', 'where = "answers.agrees"', "argument-unknown", "where"),
    (ITEMS, 'place = "answers.agrees"', 'place = "answers.agree"', "expression-name-unknown", 'agree"'),
    (ITEMS, 'tags = ["assumed"]', 'tags = ["assumed"]\neffects = ["shout"]', "effect-unknown", "shout"),
    (ITEMS, 'tags = ["assumed"]', 'tags = ["assumed"]\ninterfaces = ["none"]', "interface-unknown", '["none"]'),
    (ITEMS, 'event = ', 'document = [{certificate = "x"}]\nevent = ', "certificate-unknown", "docum"),
    (ITEMS, 'fact = "person.agrees"\n', "", "fact-unsettled", 'rules = ["R-1"]\ntags'),
    (ROLES, '"read"', '"peek"', "action-unknown", "peek"),
    (ROLES, '"settlement"', '"fun"', "purpose-unknown", "fun"),
    (ROLES, '"case"', '"cas"', "register-unknown", "cas"),
    (DICTIONARY, ":known_at", ":subject", "sql-parameter", ":subject"),
    (DICTIONARY, 'source = "applicant"', 'source = "interface:x"', "interface-unknown", "interface:x"),
    (DICTIONARY, 'source = "applicant"', 'source = "derived"\nexpression = "person.agrees"', "fact-cycle", "expre"),
    (DICTIONARY, 'id = "person.agrees"', 'id = "person.birth_on"', "definition-twice", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "at"), BROKEN, ids=[f"{row[3]}:{row[2][:24]}" for row in BROKEN]
)
def test_each_fault_is_listed_with_its_line(write: Write, file: str, old: str, new: str, code: str, at: str) -> None:
    folder = write(file, old, new)
    found = [fault for fault in faults_of(folder) if fault.code == code]
    assert found, [str(fault) for fault in faults_of(folder)]
    assert all(fault.path == folder / file for fault in found)
    assert all(fault.zh and fault.en for fault in found)
    text = (folder / file).read_text(encoding="utf-8")
    position = text.index(at) if at else text.rindex(new.splitlines()[0])
    if code != "toml-malformed":
        assert text.count("\n", 0, position) + 1 in [fault.line for fault in found]


def test_no_fault_hides_another(write: Write) -> None:
    folder = write("rules/rule.toml", 'when = "person.agrees"', 'when = "person.agreed"')
    item = (folder / "items/item.toml").read_text(encoding="utf-8")
    (folder / "items/item.toml").write_text(
        item.replace('do = "move"', 'do = "fly"').replace('["accept"]', '["none"]'), encoding="utf-8"
    )
    codes = {fault.code for fault in faults_of(folder)}
    assert {"expression-name-unknown", "operation-unknown", "step-unknown"} <= codes


def test_a_faulty_definition_does_not_hide_its_neighbours_in_the_same_file(write: Write) -> None:
    folder = write("facts/facts.toml", 'type = "date"', 'type = "day"')
    loaded = load(folder)
    assert [fault.code for fault in loaded.faults] == ["definition-invalid"]
    assert loaded.faults[0].line == line_in(folder, "facts/facts.toml", 'type = "day"')
    assert loaded.catalogue.find("fact", "person.agrees") is not None


def test_all_unknown_fields_of_a_definition_are_listed(write: Write) -> None:
    folder = write("roles/role.toml", 'id = "clerk"', 'id = "clerk"\nsize = 3\ncolour = "red"')
    assert sorted(fault.line for fault in load(folder).faults) == [3, 4]


def test_a_fault_inside_a_text_of_several_lines_is_shown_at_its_own_line(write: Write) -> None:
    folder = write("rules/rule.toml", '"person.agrees"', '"""\nperson.agrees\n  and person.agreed\n"""')
    found = [fault for fault in faults_of(folder) if fault.code == "expression-name-unknown"]
    assert [fault.line for fault in found] == [line_in(folder, "rules/rule.toml", "and person.agreed")]


def test_a_guard_forbids_what_the_law_lets_nobody_ask(write: Write) -> None:
    guard = """
[[guard]]
id = "g"
text = {zh = "不许问", en = "Never asked"}
basis = [{law = "某法", tag = "law"}]
forbids = ["land_exit.*"]
"""
    sound = write("rules/rule.toml", RULE, RULE + guard)
    assert faults_of(sound) == []
    asked = FACTS.replace("person.agrees", "land_exit.agreed")
    (sound / "facts/more.toml").write_text(asked.replace("person.birth_on", "x.y"), encoding="utf-8")
    found = [fault for fault in faults_of(sound) if fault.code == "fact-forbidden"]
    assert [fault.line for fault in found] == [line_in(sound, "rules/rule.toml", "[[guard]]")]


def test_positions_know_headers_dotted_keys_arrays_and_inline_tables() -> None:
    text = 'a.b = 1\n[[t]]\nx = [\n  1,\n  {y = 2, "z.w" = "]"},\n]\n[[t]]\n[t.u]\nv = """\nq"""\n# x\nlast = 1\n'
    lines = positions(text)
    assert lines["a", "b"] == 1
    assert lines["t", 0, "x", 1, "z.w"] == 5
    assert lines["t", 1] == 7
    assert lines["t", 1, "u", "v"] == 10
    assert lines["t", 1, "u", "last"] == 12
    assert nearest(lines, ("t", 0, "x", 7)) == 3
    assert keys_of('$.clause[1].facts."a.b"') == ("clause", 1, "facts", "a.b")
    assert keys_of("$.shown[...].zh") == ("shown",)


# Publishing


def catalogue(folder: Path) -> Catalogue:
    return load(folder).catalogue


def changed(source: Catalogue, ident: str, **content: object) -> Catalogue:
    """Gives the catalogue with one definition's plain content changed."""
    rows = []
    for one in source.all():
        if one.id == ident:
            plain = {**one.content, **content}
            spec_dates = {key: value for key, value in content.items() if key in ("valid_from", "valid_to")}
            one = replace(one, content=plain, digest=digest_of(plain), **spec_dates)
        rows.append(one)
    return Catalogue(rows)


@pytest.mark.django_db
def test_publishing_needs_two_persons(write: Write) -> None:
    city = catalogue(write())
    for author, publisher in (("Li", "Li"), ("Li", " li "), ("Li", "")):
        with pytest.raises(AnjiaError, match="definition-one-person"):
            definitions.publish(city, drafted_by=author, published_by=publisher)
    assert definitions.publish(city, drafted_by="Li", published_by="Wang") == len(city.all())


@pytest.mark.django_db
def test_publishing_again_changes_nothing(write: Write) -> None:
    city = catalogue(write())
    definitions.publish(city, drafted_by="Li", published_by="Wang")
    assert definitions.publish(city, drafted_by="Li", published_by="Wang") == 0


@pytest.mark.django_db
def test_a_parameter_that_is_a_day_is_one_after_publishing(write: Write) -> None:
    age = '{id = "age", value = 18, valid_from = 2020-01-01, label = {zh = "成年", en = "Age"}}'
    day = '{id = "law_from", value = 1999-04-01, valid_from = 2020-01-01, label = {zh = "施行日", en = "In force"}}'
    city = catalogue(write("city.toml", age, f"{age}, {day}"))
    definitions.publish(city, drafted_by="Li", published_by="Wang")
    publishing.forget()
    for one in (city, publishing.in_force()):
        assert one.parameters(date(2026, 1, 1)) == {"age": 18, "law_from": date(1999, 4, 1)}


@pytest.mark.django_db
def test_a_changed_text_needs_a_later_day_and_nothing_of_the_catalogue_is_published_otherwise(write: Write) -> None:
    city = catalogue(write())
    definitions.publish(city, drafted_by="Li", published_by="Wang")
    count = PublishedDefinition.objects.count()
    both = changed(changed(city, "clerk", valid_from=date(2025, 1, 1)), "R-1", chapter="Q")
    with pytest.raises(AnjiaError, match="definition-immutable"):
        definitions.publish(both, drafted_by="Li", published_by="Wang")
    assert PublishedDefinition.objects.count() == count


@pytest.mark.django_db
def test_a_later_version_ends_the_older_and_each_day_has_its_own(write: Write) -> None:
    city = catalogue(write())
    definitions.publish(city, drafted_by="Li", published_by="Wang")
    later = changed(city, "R-1", chapter="Q", valid_from=date(2025, 1, 1))
    assert definitions.publish(later, drafted_by="Li", published_by="Wang") == 1
    found = definitions.in_force()
    assert found.get("rule", "R-1", date(2024, 12, 31)).spec.chapter == "R"
    assert found.get("rule", "R-1", date(2025, 1, 1)).spec.chapter == "Q"
    old = city.get("rule", "R-1").digest
    assert definitions.by_digest(old).spec.chapter == "R"


@pytest.mark.django_db
def test_a_version_can_be_ended_without_a_follower(write: Write) -> None:
    city = catalogue(write())
    definitions.publish(city, drafted_by="Li", published_by="Wang")
    ended = changed(city, "R-1", valid_to=date(2025, 1, 1))
    for _ in range(2):
        assert definitions.publish(ended, drafted_by="Li", published_by="Wang") == 0
    assert definitions.in_force().find("rule", "R-1", date(2024, 12, 31)) is not None
    assert definitions.in_force().find("rule", "R-1", date(2025, 1, 1)) is None


@pytest.mark.django_db
def test_a_published_text_cannot_be_changed_in_the_database(write: Write) -> None:
    definitions.publish(catalogue(write()), drafted_by="Li", published_by="Wang")
    for statement in ("update kernel_publisheddefinition set content = '{}'", "delete from kernel_publisheddefinition"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db
def test_a_row_that_does_not_fit_its_digest_or_signature_stops_the_catalogue(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions.publish(catalogue(write()), drafted_by="Li", published_by="Wang")
    monkeypatch.setattr(publishing, "_sign", lambda row: b"another")
    definitions.forget()
    with pytest.raises(AnjiaError, match="definition-changed"):
        definitions.in_force()
