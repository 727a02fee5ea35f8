"""The acts of the town: one an event, and the entries in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anjia.kernel import log
from anjia.registers.bulk import columns, leaves
from anjia.registers.divisions import station_of
from anjia.synthesis import days, events
from anjia.synthesis.entries import Table
from anjia.synthesis.events import KINDS, NOT, Acts
from anjia.synthesis.names import Texts
from anjia.synthesis.registers import Registers
from anjia.synthesis.town import Town

EVIDENCE: Mapping[str, Any] = {"synthetic": True}

REASONS = {
    "IMPORT": "合成数据：期初登记", "BIRTH": "合成数据：出生登记", "DEATH": "合成数据：死亡注销",
    "AMEND_MARITAL": "合成数据：婚姻状况变更", "MOVE_IN": "合成数据：市外迁入", "MOVE_INTRA": "合成数据：市内移居",
    "MOVE_OUT": "合成数据：迁出市外", "SPLIT": "合成数据：分户", "NEWHH": "合成数据：立户",
    "AMEND_EDUCATION": "合成数据：文化程度变更", "AMEND_NAME": "合成数据：姓名变更", "CORRECT": "合成数据：姓名更正",
    "RESREG": "合成数据：居住登记", "RESREG_END": "合成数据：离开本市，居住登记注销",
    "PERMIT_ISSUE": "合成数据：签发居住证", "PERMIT_ENDORSE": "合成数据：居住证签注",
    "PERMIT_SUSPEND": "合成数据：逾期未签注，居住证使用功能中止",
    "CARD_IMPORT": "合成数据：身份证期初登记", "CARD_FIRST": "合成数据：首次申领身份证",
    "CARD_RENEW": "合成数据：期满换领身份证", "CARD_LOSS": "合成数据：身份证挂失",
}  # fmt: skip


def number(town: Town, made: Registers) -> Acts:
    """Gives the acts: the events that left a trace in a table, by the moment of their registration."""
    used = np.zeros(len(town.events.day), dtype=bool)
    for table in made.tables.values():
        used[table.opened] = True
        used[table.closed[table.closed != NOT]] = True
    return events.order(town.events, used)


def entries(table: Table, acts: Acts, first: int) -> columns.Entries:
    """Gives a table in the order of its acts.

    Args:
        first: id of the first entry.
    """
    opened = acts.number[table.opened]
    order = np.argsort(opened, kind="stable")
    closed = table.closed[order]
    return columns.Entries(
        table.register,
        np.arange(first, first + len(order)),
        table.subject[order],
        table.valid_from[order],
        np.where(table.valid_to[order] == days.NEVER, columns.NEVER, table.valid_to[order]),
        opened[order],
        np.where(closed == NOT, columns.OPEN, acts.number[closed]),
        {name: values[order] for name, values in table.columns.items()},
    )


def stations(town: Town, made: Registers, acts: Acts) -> Texts:
    """Gives the station that did each act: the one of the household or dwelling it is about."""
    area = town.city.area
    codes = np.array([station_of(code) for code in area.town_codes], dtype=object)
    result = np.full(len(town.events.day), "", dtype=object)
    first = int(made.keys.person[made.keys.person >= 0].min())
    of_person = np.full(made.keys.last - first + 1, "", dtype=object)
    home = made.keys.person[: town.size] - first
    of_person[home] = codes[area.site_town[town.built.dwellings.site[town.built.home[: town.size]]]]
    home = made.keys.person[town.stays.key] - first
    of_person[home] = codes[area.site_town[town.built.households.site[town.stays.value]]]
    for register in ("particulars", "status", "condition", "kinship", "identity"):
        table = made.tables[register]
        for event in (table.opened, np.where(table.closed == NOT, table.opened, table.closed)):
            result[event] = of_person[table.subject - first]
    for register in ("household", "residence", "permit", "card"):
        result[made.tables[register].opened] = made.tables[register].columns["station"]
    household = town.built.households.site[town.members.value]
    result[town.members.opened] = codes[area.site_town[household]]
    result[: len(codes)] = codes
    return result[acts.event]


def bulk(
    town: Town, acts: Acts, station: Texts, first: int, actor: int, rng: np.random.Generator
) -> leaves.Acts:
    """Gives the acts as they are stored.

    Args:
        first: number of the first act.
        actor: who is named as the actor.
    """
    kinds = [KINDS[kind] for kind in town.events.kind[acts.event].tolist()]
    keys = columns.uuids(rng.bytes(16 * len(kinds)))
    return leaves.Acts(
        np.arange(first, first + len(keys)), keys, kinds, station.tolist(), town.events.day[acts.event], acts.at,
        [REASONS[kind] for kind in kinds], [log.evidence_text(EVIDENCE)], town.city.digest, actor,
    )  # fmt: skip
