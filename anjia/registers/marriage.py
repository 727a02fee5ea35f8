"""Marriage, divorce and widowhood as the civil-affairs source tells them (register notes, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from anjia.kernel.acts import Read, Seen
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.kernel.errors import AnjiaError
from anjia.registers import relating, standing
from anjia.registers.family import Changes, add, circle, family
from anjia.registers.kinship import Kinship
from anjia.registers.operations import Prepared, operation
from anjia.registers.standing import DEAD, DECLARED_DEAD, turn

SINGLE, FIRST, AGAIN, REUNITED, WIDOWED, DIVORCED = "10", "21", "22", "23", "30", "40"
MARRIED = frozenset({"20", FIRST, AGAIN, REUNITED})
LEGAL_AGE: Mapping[str, int] = {"1": 22, "2": 20}
"""Least age at marriage (民法典 Art. 1047); less is a warning, marriages of old or abroad are valid (INV-06)."""

# All marriages ever, so that the former spouse is known.
SPOUSES = """
SELECT id, subject, valid_from, valid_to, kin, kind, basis FROM registers_kinship
 WHERE recorded_to IS NULL AND kind = 'spouse' AND (subject = ANY(%s::bigint[]) OR kin = ANY(%s::bigint[]))
"""


@operation("marry", needs="person", takes="spouse")
def marry(*, on: date, person: int, spouse: int | None = None) -> Prepared:
    """Registers a marriage (AMEND_MARITAL): marital status of both, kinship both ways, relations in the household.

    Never married becomes first marriage; widowed or divorced becomes married again, or reunited when
    the divorced marry each other.

    Args:
        spouse: None when the register does not know the spouse.

    Raises:
        AnjiaError: when done `married-already`, `person-not-registrable` (409).
    """
    pair = [person] if spouse is None else [person, spouse]
    looked = circle(pair)

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        reunited = any(_are_pair(row, pair) for row in seen["spouses"])
        changes: Changes = ([], [])
        for who in pair:
            standing.alive(seen, who)
            row = standing.entry(seen, "condition", who)
            if row["marital"] in MARRIED or any(_binds(one, who) for one in seen["spouses"]):
                raise _married_already()
            add(changes, turn("condition", row, on, marital=_married(row["marital"], reunited)))
        if spouse is not None:
            for one, other in ((person, spouse), (spouse, person)):
                values = {"kin": other, "kind": "spouse", "basis": ""}
                changes[1].append(Open("kinship", one, on, None, values))
            kin = relating.graph(found, seen, [relating.edge(person, "spouse", spouse)])
            add(changes, relating.rewrite(found, kin, on))
        warnings = [f"marriage-age:{who}" for who in pair if found.age(who, on) < LEGAL_AGE.get(found.kin.sex[who], 0)]
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person, "warnings": warnings})

    reads = (*looked.reads(), *_reads(pair))
    return Prepared("marry", looked.subjects, (), reads, decide, on)


@operation("divorce", needs="person", takes="spouse")
def divorce(*, on: date, person: int, spouse: int | None = None) -> Prepared:
    """Registers a divorce (AMEND_MARITAL): status of both, kinship ends, relations in the household follow.

    Args:
        spouse: None when the register does not know the spouse; one whom it knows is found by itself.

    Raises:
        AnjiaError: when done `not-married`, `act-conflict` (409).
    """
    return _end("divorce", on, person, spouse, DIVORCED)


@operation("widow", needs="person")
def widow(*, on: date, person: int) -> Prepared:
    """Registers that the spouse died (AMEND_MARITAL): an event of its own after the death.

    The kinship ends on the day; the ties to the family of the dead stay.

    Raises:
        AnjiaError: when done `not-married`, `spouse-living` (409).
    """
    return _end("widow", on, person, None, WIDOWED)


def spouse_of(person: int) -> int | None:
    """Gives the spouse whom the register knows now, None when there is none."""
    rows = Kinship.objects.filter(kind="spouse", recorded_to=None, valid_to=None)
    found: int | None = rows.filter(subject=person).values_list("kin", flat=True).first()
    return found if found is not None else rows.filter(kin=person).values_list("subject", flat=True).first()


def _end(do: str, on: date, person: int, spouse: int | None, marital: str) -> Prepared:
    spouse = spouse if spouse is not None else spouse_of(person)
    pair = [person] if spouse is None else [person, spouse]
    changed = pair if marital == DIVORCED else [person]
    looked = circle(pair)

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        changes: Changes = ([], [])
        bonds = [row for row in seen["spouses"] if row["valid_to"] is None and person in (row["subject"], row["kin"])]
        if any(not _are_pair(row, pair) for row in bonds):
            raise _not_married()
        for who in changed:
            row = standing.entry(seen, "condition", who)
            if row["marital"] not in MARRIED:
                raise _not_married()
            add(changes, turn("condition", row, on, marital=marital))
        if marital == WIDOWED:
            _dead(seen, spouse)
        for row in bonds:
            add(changes, truncate("kinship", row, on))
        if marital == DIVORCED and spouse is not None:
            gone = [(person, "spouse", spouse), (spouse, "spouse", person)]
            add(changes, relating.rewrite(found, relating.graph(found, seen, without=gone), on, estranged=pair))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"person": person})

    reads = (*looked.reads(), *_reads(pair))
    return Prepared(do, looked.subjects, (), reads, decide, on)


def _reads(pair: list[int]) -> tuple[Read, ...]:
    return (
        standing.read("status", pair), standing.read("condition", pair), Read("spouses", SPOUSES, [pair, pair]),
    )  # fmt: skip


def _married(before: str, reunited: bool) -> str:
    if before == SINGLE:
        return FIRST
    if before in (WIDOWED, DIVORCED):
        return REUNITED if reunited and before == DIVORCED else AGAIN
    return "20"


def _binds(row: Mapping[str, Any], who: int) -> bool:
    return row["valid_to"] is None and who in (row["subject"], row["kin"])


def _are_pair(row: Mapping[str, Any], pair: list[int]) -> bool:
    return {row["subject"], row["kin"]} == set(pair)


def _dead(seen: Seen, spouse: int | None) -> None:
    if spouse is not None and standing.entry(seen, "status", spouse)["status"] not in (DEAD, DECLARED_DEAD):
        raise AnjiaError(
            "spouse-living", "登记簿上配偶仍然健在", "The register has the spouse alive",
            ("请先办配偶的死亡注销", "Record the spouse's death first"), status=409,
        )  # fmt: skip


def _married_already() -> AnjiaError:
    return AnjiaError(
        "married-already", "一方在登记簿上已婚", "One of them is married by the register",
        ("请先核对离婚或丧偶的登记", "Check whether a divorce or death is missing"), status=409,
    )  # fmt: skip


def _not_married() -> AnjiaError:
    return AnjiaError(
        "not-married", "登记簿上两人没有婚姻关系", "By the register these two are not married",
        ("请核对婚姻登记", "Check the marriage register"), status=409,
    )  # fmt: skip
