"""What each kind of step means here: what is given becomes acts, what is asked becomes an as-of read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from anjia.kernel.periods import Period
from anjia.registers import occupancy
from anjia.registers.occupancy import Occupancy
from anjia.registers.spells import Spell
from tests.peers.brp import town
from tests.peers.brp.reading import Case, Step
from tests.peers.brp.town import Town

CODE = re.compile(r"\((\d\d\.\d\d)\)")
NAMED = 100
"""Most people that an answer of that register names."""

GIVEN = "met de volgende gegevens"


class UnknownStep(Exception):
    """A step that the adapter does not know: its case is not about occupancy."""


@dataclass
class Run:
    """One case under way.

    Attributes:
        raw: the question was put by the variant that shows what is under enquiry, code and day.
        answer: what our register answered; `expected` what the case says.
    """

    town: Town = field(default_factory=Town)
    raw: bool = False
    answer: list[dict[str, Any]] | None = None
    expected: list[dict[str, Any]] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)


Action = Callable[..., None]
_steps: list[tuple[re.Pattern[str], Action]] = []


def step(pattern: str) -> Callable[[Action], Action]:
    """Declares what a kind of step does: `action(run, step, *groups)`."""

    def register(action: Action) -> Action:
        _steps.append((re.compile(pattern), action))
        return action

    return register


def run(case: Case) -> Run:
    """Does all steps of a case.

    Raises:
        UnknownStep: for a step of which no meaning is declared.
    """
    found = Run()
    for one in case.steps:
        for pattern, action in _steps:
            if match := pattern.fullmatch(one.text):
                action(found, one, *match.groups())
                break
        else:
            raise UnknownStep(one.text)
    return found


def coded(row: Mapping[str, str]) -> dict[str, str]:
    """Gives a row by the numbers of its elements: `datum aanvang adreshouding (10.30)` is `10.30`."""
    return {CODE.search(name)[1]: value for name, value in row.items() if CODE.search(name)}  # type: ignore[index]


@step("adres '([^']+)' heeft de volgende gegevens")
def _address(run: Run, given: Step, name: str) -> None:
    run.town.address(name, coded(given.values))


@step(f"de persoon (?:met burgerservicenummer '([^']+)' )?is (?:vervolgens )?ingeschreven op adres '([^']+)' {GIVEN}")
def _lives(run: Run, given: Step, number: str | None, name: str) -> None:
    person = run.town.person(number) if number else run.town.last
    run.town.stays(person, name, coded(given.values))


@step(f"er zijn (\\d+) personen ingeschreven op adres '([^']+)' {GIVEN}")
def _many_live(run: Run, given: Step, count: str, name: str) -> None:
    for _ in range(int(count)):
        run.town.serial += 1
        run.town.stays(run.town.person(str(run.town.serial)), name, coded(given.values))


@step(
    "de persoon (?:met burgerservicenummer '([^']+)' )?heeft (?:vervolgens )?adres '[^']+' als briefadres opgegeven "
    + GIVEN
)
def _mail_only(run: Run, given: Step, number: str | None) -> None:
    person = run.town.person(number) if number else run.town.last
    run.town.leaves(person, coded(given.values)["10.30"])


@step("de 'verblijfplaats' is gewijzigd naar de volgende gegevens")
def _moves(run: Run, given: Step) -> None:
    data = coded(given.values)
    if "13.20" in data or "13.10" in data:
        run.town.leaves(run.town.last, data.get("13.20", "00000000"))
    else:
        raise UnknownStep(given.text)


@step("de persoon (?:met burgerservicenummer '([^']+)' )?heeft de volgende 'verblijfplaats' gegevens")
def _abroad(run: Run, given: Step, number: str | None) -> None:
    person = run.town.person(number) if number else run.town.last
    run.town.leaves(person, coded(given.values).get("13.20", "00000000"))


@step("de 'verblijfplaats' is gecorrigeerd naar de volgende gegevens")
def _corrected(run: Run, given: Step) -> None:
    run.town.corrects(run.town.last, coded(given.values))


@step(f"de inschrijving is vervolgens gecorrigeerd als een inschrijving op adres '([^']+)' {GIVEN}")
def _corrected_elsewhere(run: Run, given: Step, name: str) -> None:
    run.town.corrects(run.town.last, coded(given.values), name)


@step("de persoon (?:met burgerservicenummer '([^']+)' )?heeft de volgende 'inschrijving' gegevens")
def _registration(run: Run, given: Step, number: str | None) -> None:
    person, data = run.town.person(number) if number else run.town.last, coded(given.values)
    if data.get("67.20"):
        run.town.suspended[person] = (data["67.20"], data.get("67.10") or "00000000")
    if data.get("70.10", "0") != "0":
        raise UnknownStep("indicatie geheim: the register keeps no objection to being named")


@step("de persoon (?:met burgerservicenummer '([^']+)' )?heeft de volgende gegevens")
def _person(run: Run, given: Step, number: str | None) -> None:
    if number:
        run.town.person(number)


@step("de persoon is gewijzigd naar de volgende gegevens")
def _person_changed(run: Run, given: Step) -> None:
    """Of particulars beside the address an answer about occupancy shows the number alone."""
    if number := coded(given.values).get("01.20"):
        run.town.renamed(run.town.last, number)


@step(f"de persoon (?:met burgerservicenummer '([^']+)' )?heeft een (?:ouder )?'[^']+' {GIVEN}")
def _kin(run: Run, given: Step, number: str | None) -> None:
    person = run.town.person(number) if number else run.town.last
    if kin := coded(given.values).get("01.20"):
        run.town.person(kin)
    run.town.last = person


@step(f"adres '([^']+)' is op '([^']+)' (?:geactualiseerd|infrastructureel gewijzigd) {GIVEN}")
def _renumbered(run: Run, given: Step, name: str, on: str) -> None:
    data, before = coded(given.values), run.town.addresses[name].data
    if data.get("11.80", before.get("11.80")) == before.get("11.80"):
        run.town.redrawn(name, town.day_of(on), data.get("92.10", before.get("92.10", "")))
    else:
        run.town.renumbered(name, name, town.day_of(on), {**before, **data})


@step(f"adres '([^']+)' is op '([^']+)' (?:samengevoegd tot|infrastructureel gewijzigd naar) adres '([^']+)' {GIVEN}")
def _merged(run: Run, given: Step, name: str, on: str, to: str) -> None:
    before = run.town.addresses[name].data
    run.town.renumbered(name, to, town.day_of(on), {**before, **coded(given.values)})


@step(f"de adressen '([^']+)' zijn op '([^']+)' samengevoegd tot adres '([^']+)' {GIVEN}")
def _all_merged(run: Run, given: Step, names: str, on: str, to: str) -> None:
    for name in names.split(","):
        run.town.renumbered(name.strip(), to, town.day_of(on), coded(given.values))


@step(f"adres '([^']+)' is gesplitst in adressen {GIVEN}")
def _split(run: Run, given: Step, name: str) -> None:
    for row in given.rows:
        run.town.address(row["adres"], coded(row))


@step("gemeente '([^']+)' heeft de volgende gegevens")
def _municipality(run: Run, given: Step, name: str) -> None:
    run.town.municipalities[name] = coded(given.values)["92.10"]


@step(f"gemeente '([^']+)' is samengevoegd {GIVEN}")
def _municipality_merged(run: Run, given: Step, name: str) -> None:
    data = coded(given.values)
    run.town.merged(run.town.municipalities[name], data["92.12"], town.day_of(data["99.99"]))


@step("(gba )?bewoning wordt gezocht met de volgende parameters")
def _asked(run: Run, given: Step, raw: str | None) -> None:
    asked = given.values
    run.raw = bool(raw)
    run.town.settle()
    if asked["type"] == "BewoningMetPeildatum":
        start = town.day_of(asked["peildatum"])
        end = town.tomorrow(start)
    else:
        start, end = town.day_of(asked["datumVan"]), town.day_of(asked["datumTot"])
    code = asked["adresseerbaarObjectIdentificatie"]
    run.answer = _answer(run, code, start, end)


@step("heeft de response (\\d+) bewoning(?:en)?")
def _so_many(run: Run, given: Step, count: str) -> None:
    run.counts.append(f"{count} bewoningen")


@step("heeft de response een bewoning met de volgende gegevens")
def _one_more(run: Run, given: Step) -> None:
    run.expected.append({**given.values, "bewoners": [], "mogelijkeBewoners": []})


@step("heeft de response een bewoning met (\\d+) bewoners en (\\d+) mogelijke bewoners")
def _so_many_people(run: Run, given: Step, certain: str, possible: str) -> None:
    run.counts.append(f"{certain} bewoners, {possible} mogelijke bewoners")


@step("heeft de bewoning (?:een )?(mogelijke )?bewoners? met de volgende gegevens")
def _people(run: Run, given: Step, possible: str | None) -> None:
    run.expected[-1]["mogelijkeBewoners" if possible else "bewoners"] += [dict(row) for row in given.rows]


@step("heeft de bewoning geen bewoners en geen mogelijke bewoners")
def _nobody(run: Run, given: Step) -> None:
    """The lists of the last answer stay empty."""


@step("heeft de (mogelijke )?bewoner de volgende '([^']+)' gegevens")
def _details(run: Run, given: Step, possible: str | None, group: str) -> None:
    run.expected[-1]["mogelijkeBewoners" if possible else "bewoners"][-1][group] = dict(given.values)


@step("heeft de persoon met burgerservicenummer '([^']+)' de volgende '([^']+)' gegevens")
def _details_of(run: Run, given: Step, number: str, group: str) -> None:
    for one in (*run.expected[-1]["bewoners"], *run.expected[-1]["mogelijkeBewoners"]):
        if one["burgerservicenummer"] == number:
            one[group] = dict(given.values)


def _answer(run: Run, code: str, start: date, end: date) -> list[dict[str, Any]]:
    place = run.town.dwellings.get(code)
    if place is None:
        return []
    spells = occupancy.at(place, start, town.now(), until=end)
    found = occupancy.periods(spells, Period(start, end), named=NAMED)
    return [_shown(run, code, one) for one in found]


def _shown(run: Run, code: str, one: Occupancy) -> dict[str, Any]:
    shown = {
        "adresseerbaarObjectIdentificatie": code,
        "periode": f"{one.period.start} tot {one.period.end}",
        "bewoners": [_person_shown(run, spell) for spell in one.certain],
        "mogelijkeBewoners": [_person_shown(run, spell) for spell in one.possible],
    }
    return {**shown, "indicatieVeelBewoners": "true"} if one.crowded else shown


def _person_shown(run: Run, spell: Spell) -> dict[str, Any]:
    shown: dict[str, Any] = {"burgerservicenummer": run.town.number_of(spell.subject)}
    if not run.raw:
        return {**shown, "inOnderzoek": "true"} if spell.under_enquiry else shown
    for doubt in spell.enquiries:
        shown["verblijfplaatsInOnderzoek"] = {
            "aanduidingGegevensInOnderzoek": doubt.ground,
            "datumIngangOnderzoek": f"{doubt.since:%Y%m%d}",
        }
    return shown


def differences(run: Run) -> str:
    """Gives what our answer says otherwise than the case, empty when nothing."""
    answer = run.answer or []
    people = sum(len(one["bewoners"]) for one in answer), sum(len(one["mogelijkeBewoners"]) for one in answer)
    for count in run.counts:
        if count not in (f"{len(answer)} bewoningen", f"{people[0]} bewoners, {people[1]} mogelijke bewoners"):
            return f"expected {count}, answered {len(answer)} bewoningen with {people} people"
    if run.counts and not run.expected:
        return ""
    expected, answered = _sorted(run.expected), _sorted(answer)
    return "" if expected == answered else f"expected {expected}\nanswered {answered}"


def _sorted(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def people(one: dict[str, Any], kind: str) -> list[dict[str, Any]]:
        return sorted(one[kind], key=lambda person: str(person["burgerservicenummer"]))

    return sorted(
        ({**one, "bewoners": people(one, "bewoners"), "mogelijkeBewoners": people(one, "mogelijkeBewoners")}
         for one in found),
        key=lambda one: str(one["periode"]),
    )  # fmt: skip
