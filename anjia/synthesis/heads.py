"""Who headed each household when, and what every member was to the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis.days import NEVER
from anjia.synthesis.draws import Ints
from anjia.synthesis.residents import People
from anjia.synthesis.spells import Spells, merge, stack

HEAD, STRANGER, KIN = 2, 99, 97
SHIFT, ZERO = 1 << 20, 1 << 18
OWNER = 1 << 30


def relation(people: People, head: Ints, member: Ints) -> Ints:
    """Gives the GB/T 4761 relation of each member to the head, 97 for other kin, 99 for none.

    Birth-order codes are not used: they need all siblings, and a wrong one is a false statement.
    """
    father, mother, sex = people.father, people.mother, people.sex
    partner = np.where(people.spouse >= 0, people.spouse, people.ex)
    woman = sex[member] == 1

    def of(kin: Ints, who: Ints) -> Ints:
        return np.where(who >= 0, kin[who], -1)

    def child_of(who: Ints, parent: Ints) -> NDArray[np.bool_]:
        return (parent >= 0) & (who >= 0) & ((of(father, who) == parent) | (of(mother, who) == parent))

    mate, mate_of_head = of(partner, member), of(partner, head)
    own_father, own_mother = of(father, member), of(mother, member)
    by_son = child_of(own_father, head) | child_of(own_father, mate_of_head)
    by_daughter = child_of(own_mother, head) | child_of(own_mother, mate_of_head)
    sibling = (own_mother >= 0) & (own_mother == of(mother, head)) | (own_father >= 0) & (
        own_father == of(father, head)
    )
    head_woman = sex[head] == 1
    cases: list[tuple[NDArray[np.bool_], Ints | int]] = [
        (member == head, HEAD),
        (mate == head, 11 + woman),
        (child_of(member, head) | child_of(member, mate_of_head), np.where(woman, 30, 20)),
        (child_of(head, member), 51 + woman),
        (child_of(mate_of_head, member), np.where(head_woman, 53, 55) + woman),
        (child_of(mate, head) | child_of(mate, mate_of_head), np.where(woman, 38, 28)),
        (by_son, 41 + woman),
        (by_daughter, 43 + woman),
        (sibling, np.where(people.birth[member] < people.birth[head], 71, 73) + np.where(woman, 4, 0)),
        (child_of(of(father, head), member), 61 + woman),
        (child_of(of(mother, head), member), 63 + woman),
    ]
    return np.select([case for case, _ in cases], [np.broadcast_to(code, len(member)) for _, code in cases], KIN)


def memberships(people: People, spells: Spells, family: NDArray[np.bool_], rank: Ints) -> tuple[Spells, Ints]:
    """Splits registrations wherever a new head changes what a member is to the head.

    Args:
        spells: person in household.
        family: (households,) whether it has a head.
        rank: (spells,) who becomes head first: the smallest of those present.

    Returns:
        The spells by person, and the relation of each.
    """
    in_family = family[spells.value]
    others = spells.take(~in_family)
    split = _split(people, spells.take(in_family), rank[in_family])
    whole = one_act(merge(stack(split, replace(others, value=others.value * 100 + STRANGER))))
    return Spells(whole.key, whole.value // 100, whole.start, whole.end, whole.opened, whole.closed), whole.value % 100


def _split(people: People, spells: Spells, rank: Ints) -> Spells:
    """Gives family registrations cut at each change of head, with value household × 100 + relation."""
    edge = spells.value * SHIFT
    start = edge + spells.start + ZERO
    end = np.where(spells.end == NEVER, edge + SHIFT - 1, edge + spells.end + ZERO)
    points = np.unique(np.concatenate([start, end]))
    low, high = np.searchsorted(points, start), np.searchsorted(points, end)
    count = high - low
    row = np.repeat(np.arange(len(spells)), count)
    segment = np.repeat(low, count) + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    order = np.lexsort((rank[row], segment))
    first = np.ones(len(order), dtype=bool)
    first[1:] = segment[order][1:] != segment[order][:-1]
    head_row = np.full(len(points), -1)
    head_row[segment[order][first]] = row[order][first]
    before = np.concatenate([[-1], head_row[:-1]])
    leaves = (before >= 0) & (end[before] == points)
    change = np.where(leaves, spells.closed[before], spells.opened[head_row])
    code = relation(people, spells.key[head_row[segment]], spells.key[row])
    begins, ends = segment == low[row], segment == high[row] - 1
    after = np.minimum(segment + 1, len(points) - 1)
    return Spells(
        spells.key[row],
        spells.value[row] * 100 + code,
        np.where(begins, spells.start[row], points[segment] % SHIFT - ZERO),
        np.where(ends, spells.end[row], points[after] % SHIFT - ZERO),
        np.where(begins, spells.opened[row], change[segment]),
        np.where(ends, spells.closed[row], change[after]),
    )


def one_act(spells: Spells) -> Spells:
    """Lets one act close a spell and open the next where they touch."""
    touch = (spells.key[1:] == spells.key[:-1]) & (spells.start[1:] == spells.end[:-1])
    opened = spells.opened.copy()
    opened[1:][touch] = spells.closed[:-1][touch]
    return Spells(spells.key, spells.value, spells.start, spells.end, opened, spells.closed)
