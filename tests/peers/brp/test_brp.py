"""Our address history answers the occupancy scenarios of the Dutch register of persons."""

from __future__ import annotations

import pytest

from anjia.kernel.errors import AnjiaError
from tests.peers.brp import listed, steps
from tests.peers.brp.reading import Case, cases
from tests.peers.brp.results import RESULTS

LEAST = 0.9
"""Share of the cases run that must pass."""

FILES = [file for file in listed.files() if not listed.passed_over(file)]
CASES = [case for file in FILES for case in cases(listed.SUITE, file)]
ABSENT = pytest.param(None, marks=pytest.mark.skip(reason=f"ABSENT {listed.SUITE}"), id="suite")


@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES or [ABSENT], ids=lambda case: getattr(case, "ident", None))
def test_the_register_answers_as_the_scenario_says(case: Case) -> None:
    key = (case.file, case.line)
    RESULTS[key] = "failed"
    try:
        fault = steps.differences(steps.run(case))
    except AnjiaError as error:
        fault = f"refused: {error}"
    reason = listed.EXPECTED.get(key, "")
    if reason:
        assert fault, f"{case.ident} passes now; take it from the list"
        RESULTS[key] = "listed"
        return
    assert not fault, f"{case.title}\n{fault}"
    RESULTS[key] = "passed"


@pytest.mark.skipif(not CASES, reason=f"ABSENT {listed.SUITE}")
def test_at_least_nine_of_ten_cases_are_not_listed() -> None:
    run = {(case.file, case.line) for case in CASES}
    assert set(listed.EXPECTED) <= run, "a listed case is no case of the suite"
    assert len(run) == len(CASES)
    assert 1 - len(listed.EXPECTED) / len(run) >= LEAST


@pytest.mark.skipif(not CASES, reason=f"ABSENT {listed.SUITE}")
def test_every_file_of_the_suite_is_run_or_has_a_reason() -> None:
    assert all(listed.passed_over(file) or file in FILES for file in listed.files())
    assert len(FILES) >= 20
