"""Who is what to whom in a family household: its head, a single relation, two households made one (H-02 … H-07)."""

from __future__ import annotations

from datetime import date
from typing import Any

from anjia.kernel.acts import Seen, conflict
from anjia.kernel.entries import Moment, Open, Plan, truncate
from anjia.registers import relations
from anjia.registers.family import Changes, Family, add, circle, close, family, own, put_at_head
from anjia.registers.households import GUARDIAN, family_home, guardian_of
from anjia.registers.moving import there_already
from anjia.registers.operations import Prepared, operation
from anjia.registers.refusal import Refusal
from anjia.registers.relations import HEAD, NOT_KIN

NOT_ONE_ADDRESS = Refusal(
    "merge-across-addresses", "两户不在同一地址，不能并户", "The two households are not at one address",
    ("请先把其中一户迁到另一户的地址", "Move one of them to the other's address first"),
)  # fmt: skip
STRANGERS = Refusal(
    "merge-of-strangers", "两户的人之间没有亲属或夫妻关系，不能并户",
    "Nobody of one household is kin or spouse of anybody in the other",
    ("请先核对亲属关系登记", "Check the registered kinship first"),
)  # fmt: skip
HEAD_BY_RELATION = Refusal(
    "relation-of-head", "户主要用户主变更办理，不能单独改关系",
    "The head is changed by a change of head, not of relation",
    ("请办户主变更", "Change the head"),
)  # fmt: skip
WRONG_SEX = Refusal(
    "relation-against-sex", "这个关系与登记的性别不符", "The relation does not agree with the registered sex",
    ("请核对关系代码和性别", "Check the relation and the sex"),
)  # fmt: skip
ORDER_OPEN = Refusal(
    "relation-order-open", "长子、次女等排行须先核实全部子女；不能确定的登记为子或女",
    "Birth order can be said only when all children are known; otherwise it is son or daughter",
    ("请核实全部子女后再办，或登记为子、女", "Establish all children first, or register son or daughter"),
)  # fmt: skip
SAME_RELATION = Refusal(
    "relation-same", "登记的就是这个关系", "This is the registered relation already",
    ("不需要再办", "Nothing is left to do"), 409,
)  # fmt: skip

SAME_HEAD = Refusal(
    "head-same", "此人已是户主，各人的关系也没有变化", "This person is the head already, and no relation changes",
    ("不需要再办", "Nothing is left to do"), 409,
)  # fmt: skip


@operation("merge-households", needs="household merged", takes="head all_children")
def merge_households(
    *, on: date, household: int, merged: int, head: int | None = None, all_children: bool = False
) -> Prepared:
    """Merges two family households of one address; one closes (MERGE, CLOSEHH, rule H-07).

    That both heads sign is a fact of the item that names this operation.

    Args:
        household: the one that is kept, with its number.
        merged: the one that closes.
        head: head of the whole (default: the kept household's head).
    """
    household, merged = int(household), int(merged)
    looked = circle([], [household, merged])

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        kept, gone = family_home(found, household), family_home(found, merged)
        _can_merge(found, kept, gone)
        staying, coming = found.of(household), found.of(merged)
        chosen = int(head) if head is not None else found.head_of(household)
        changes: Changes = ([], [])
        for row in coming:
            add(changes, truncate("membership", row, on))
        add(changes, close(found, merged, on))
        joined = [
            {**row, "household": household, "ground": "", "from_place": gone["address"], "division": kept["division"]}
            for row in coming
        ]
        add(changes, _under_one_head(found, staying, joined, chosen, on, all_children))
        return Plan(tuple(changes[0]), tuple(changes[1]), {"household": household, "closed": merged})

    reads = (*looked.reads(), *([looked.children()] if all_children else []))
    return Prepared("merge-households", looked.subjects, (), reads, decide, on)


@operation("change-head", needs="household new_head", takes=f"all_children {GUARDIAN}")
def change_head(*, on: date, household: int, new_head: int, all_children: bool = False, **minors: Any) -> Prepared:
    """Gives a family household another head and rewrites all relations (HEAD, rules H-03, H-04).

    Args:
        all_children: the station vouches that the register has all children of the new head.
    """
    household = int(household)
    looked, guardian = circle([], [household]), guardian_of(minors)

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        family_home(found, household)
        changes = put_at_head(found, found.of(household), new_head, on, guardian, all_children=all_children)
        if not any(changes):
            raise SAME_HEAD()
        return Plan(tuple(changes[0]), tuple(changes[1]), {"household": household, "head": new_head})

    reads = (*looked.reads(), *([looked.children()] if all_children else []))
    return Prepared("change-head", looked.subjects, (), reads, decide, on)


@operation("change-relation", needs="person relation", takes="all_children")
def change_relation(*, on: date, person: int, relation: str, all_children: bool = False) -> Prepared:
    """Says otherwise what one member is to the head (RELATION).

    Args:
        relation: code of GB/T 4761; codes of birth order only with `all_children`.
        all_children: the station vouches that the register has all children of the head.
    """
    looked = circle([person])

    def decide(seen: Seen, moment: Moment) -> Plan:
        found = family(seen, looked)
        row = found.own(person)
        family_home(found, row["household"])
        head = found.head_of(row["household"])
        if head is None:
            raise conflict()
        _fits(relation, person, head, found, all_children)
        if relation == row["relation"]:
            raise SAME_RELATION()
        changes = truncate("membership", row, on)
        since = max(on, row["valid_from"])
        changes[1].append(Open("membership", person, since, None, {**own(row), "relation": relation}))
        summary = {"household": row["household"], "person": person, "relation": relation}
        return Plan(tuple(changes[0]), tuple(changes[1]), summary)

    return Prepared("change-relation", looked.subjects, (), (*looked.reads(), looked.children()), decide, on)


def _under_one_head(
    found: Family, staying: list[Any], joined: list[dict[str, Any]], head: int | None, on: date, all_children: bool
) -> Changes:
    """Gives those who come their entries, and rewrites those who are there when they get another head."""
    coming = {row["subject"] for row in joined}
    # The head of the household that closes was nothing to the others yet.
    strangers = [{**row, "relation": NOT_KIN if row["relation"] == HEAD else row["relation"]} for row in joined]
    rewritten = put_at_head(found, [*staying, *strangers], head, on, all_children=all_children)
    codes = {
        entry.subject: entry.values["relation"] for entry in rewritten[1]
        if entry.register == "membership" and entry.valid_to is None
    }  # fmt: skip
    changes: Changes = ([], [])
    if not any(row["subject"] == head and row["relation"] == HEAD for row in staying):
        changes[0].extend(one for one in rewritten[0] if one.subject not in coming)
        changes[1].extend(one for one in rewritten[1] if one.subject not in coming)
    for row in strangers:
        values = {**own(row), "relation": codes.get(row["subject"], row["relation"])}
        changes[1].append(Open("membership", row["subject"], on, None, values))
    return changes


def _can_merge(found: Family, kept: Any, gone: Any) -> None:
    if kept["subject"] == gone["subject"]:
        raise there_already()
    at_one = kept["place"] == gone["place"] if kept["place"] is not None else kept["address"] == gone["address"]
    if not at_one:
        raise NOT_ONE_ADDRESS()
    pairs = (
        (one["subject"], two["subject"]) for one in found.of(kept["subject"]) for two in found.of(gone["subject"])
    )
    if all(relations.relation(one, two, found.kin) == NOT_KIN for one, two in pairs):
        raise STRANGERS()


def _fits(relation: str, person: int, head: int, found: Family, all_children: bool) -> None:
    """Refuses a relation that cannot be: the head's, against the sex, or of an order that nobody vouched for."""
    if HEAD in (relation, HEAD if person == head else ""):
        raise HEAD_BY_RELATION()
    if not relations.fits_sex(relation, found.kin.sex.get(person, "")):
        raise WRONG_SEX()
    if relation not in relations.BY_ORDER:
        return
    sex = found.kin.sex.get(person, "")
    told = {relations.birth_order(head, person, found.kin)} if all_children else set()
    if len(found.kin.children.get(head, ())) == 1:
        told |= {relations.ONLY.get(sex, "")} if all_children else set()
    if relation not in told:
        raise ORDER_OPEN()
