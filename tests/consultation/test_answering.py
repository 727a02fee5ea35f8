"""A question finds the matter by people's own words; what is not ours is said to be so; nothing is composed.

`questions.csv` beside this file was written by the author of the aliases, so its figures flatter; they guard against
regressions. Questions of other authors lie in `../shared` and are scored with `anjia ask --score`.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from anjia.conf.main import main
from anjia.consultation import answer, scoring
from anjia.consultation.answering import find_rules
from anjia.kernel.definitions.catalogue import Catalogue
from anjia.kernel.errors import AnjiaError

ON = date(2026, 11, 25)
OWN = Path(__file__).with_name("questions.csv")
GROUPS = {"A": 2, "B": 6, "C": 8, "D": 19, "E": 41, "X": 6, "T": 18}


def test_every_matter_of_the_catalogue_can_be_found_by_its_own_title(city: Catalogue) -> None:
    topics = [one.spec for one in city.list("topic", ON)]
    for group, count in GROUPS.items():
        assert sum(one.group == group for one in topics) == count
    lost = [one.id for one in topics if one.id not in answer(one.title.zh, city, ON).ranked]
    assert lost == []


def test_every_rule_can_be_found_by_its_number_and_by_its_title(city: Catalogue) -> None:
    for one in city.list("rule", ON):
        assert find_rules(one.id.lower(), city, ON)[0] == one.id
        assert one.id in find_rules(one.spec.title.zh, city, ON)[:5]


def test_an_item_that_runs_answers_in_its_own_words(city: Catalogue) -> None:
    found = answer("租的房子能落户吗", city, ON).best
    assert found is not None
    item = city.get("item", "E25", ON).spec
    assert (found.route, found.slug, found.answer, found.basis) == ("online", item.slug, item.purpose, item.basis)
    assert "S-20" in found.rules


def test_a_matter_that_does_not_run_online_says_so(city: Catalogue) -> None:
    found = answer("要开无犯罪记录证明", city, ON)
    assert found.best is not None
    assert (found.best.id, found.best.route, found.best.slug) == ("B06", "window", "")
    assert len(found.others) == 2


def test_what_is_said_is_always_a_sentence_of_a_definition(city: Catalogue) -> None:
    approved = {one.spec.answer.zh for one in city.list("topic", ON)} | {
        one.spec.purpose.zh for one in city.list("item", ON)
    }
    for question in scoring.read(OWN):
        given = answer(question.text, city, ON)
        assert {one.answer.zh for one in (given.best, *given.others) if one} <= approved


@pytest.mark.parametrize("question", ["护照多少钱", "电费怎么交", "", "？？？", "xyzzy", "龘龘龘"])
def test_what_is_not_ours_is_recognised(question: str, city: Catalogue) -> None:
    assert answer(question, city, ON).out_of_scope


def test_a_department_s_word_does_not_take_a_question_that_is_ours(city: Catalogue) -> None:
    given = answer("领了结婚证想把妻子户口迁过来", city, ON)
    assert given.best is not None
    assert given.best.id == "E19"


def test_own_questions_do_not_get_worse(city: Catalogue) -> None:
    outside = frozenset(one.id for one in city.list("topic", ON) if one.spec.route == "elsewhere")
    found = scoring.score(scoring.read(OWN), lambda text: answer(text, city, ON), outside)
    assert found.top1 is not None
    assert found.top3 is not None
    assert found.out_of_scope is not None
    assert found.top1 >= 0.85
    assert found.top3 >= 0.95
    assert found.out_of_scope >= 0.85


def test_the_command_scores_any_file_of_the_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "asked.csv"
    path.write_text(
        "split,question,accepted_codes\nx,身份证丢了,D15|D14\nx,身份证丢了,A01\nx,护照,R01\n", encoding="utf-8"
    )
    assert main(["ask", "--score", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["n_out_of_scope"], found["top1"], found["out_of_scope"]) == (2, 1, 0.5, 1.0)


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(AnjiaError, match="questions-unreadable"):
        scoring.read(path)


def test_the_command_answers_and_its_status_says_whether_it_is_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "租的房子能落户吗"]) == 0
    assert "E25" in capsys.readouterr().out
    assert main(["ask", "电费怎么交", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["best"]["id"] == "R09"
