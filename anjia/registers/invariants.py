"""The invariants of the register (register notes, section 8), each as a query that lists what breaks it.

The database refuses most of these when they are written; the check is for what came in with a load, for
what only a whole register can tell, and for the night. A new invariant is one more row of `INVARIANTS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from anjia.kernel.codes import citizen_no
from anjia.kernel.errors import AnjiaError
from anjia.kernel.log import one_snapshot
from anjia.kernel.vault import vault
from anjia.registers import REGISTERS

PAGE = 5000
YOUNG_PARENT = 12
ADULT = 18
MEN_MARRY, WOMEN_MARRY = 22, 20
"""Years of a man and a woman at marriage (民法典 Art. 1047)."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must hold.

    Attributes:
        id: of the register notes.
        level: `violation` must never be; `warning` is for a person to look at.
        sql: gives rows (subject or entry, detail); parameters are bound by name.
        needs: table without which there is nothing to check.
    """

    id: str
    zh: str
    en: str
    sql: str
    level: Literal["violation", "warning"] = "violation"
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Breach:
    """A row that breaks an invariant."""

    invariant: Invariant
    number: int
    detail: str

    def __str__(self) -> str:
        one = self.invariant
        return f"{one.id} {one.level} {self.number} {self.detail}: {one.zh} / {one.en}"


def _now(alias: str) -> str:
    return f"{alias}.recorded_to IS NULL AND {alias}.valid_to IS NULL"


def _by_act(register: str) -> str:
    return f"""
SELECT e.id, '{register} opened by ' || e.opened_by FROM registers_{register} e
  LEFT JOIN kernel_act a ON a.id = e.opened_by WHERE a.at IS DISTINCT FROM e.recorded_from
 UNION ALL
SELECT e.id, '{register} closed by ' || e.closed_by FROM registers_{register} e
  LEFT JOIN kernel_act a ON a.id = e.closed_by
 WHERE e.closed_by IS NOT NULL AND (a.at IS DISTINCT FROM e.recorded_to OR e.closed_by <= e.opened_by)"""


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "INV-01", "一人有两处以上常住户口", "a person has more than one open membership",
        f"""
SELECT m.subject, count(*)::text FROM registers_membership m WHERE {_now("m")}
 GROUP BY m.subject HAVING count(*) > 1""",
    ),
    Invariant(
        "INV-02", "家庭户没有或者不止一个户主", "a family household has no head or several",
        f"""
SELECT h.subject, count(m.id)::text FROM registers_household h
  LEFT JOIN registers_membership m ON m.household = h.subject AND m.relation = '02'
       AND m.recorded_to IS NULL AND m.valid_to IS NULL
 WHERE {_now("h")} AND h.kind = 'J1' GROUP BY h.subject HAVING count(m.id) <> 1""",
    ),
    Invariant(
        "INV-02", "已撤销的户还有成员", "a household that is not open has members",
        f"""
SELECT m.subject, m.household::text FROM registers_membership m WHERE {_now("m")}
   AND NOT EXISTS (SELECT FROM registers_household h WHERE h.subject = m.household
                      AND h.recorded_to IS NULL AND h.valid_to IS NULL)""",
    ),
    Invariant(
        "INV-02", "户口登记与所在户的区划不一致", "a membership lies in another division than its household",
        f"""
SELECT m.subject, m.division || ' ' || h.division FROM registers_membership m
  JOIN registers_household h ON h.subject = m.household AND h.recorded_to IS NULL AND h.valid_to IS NULL
 WHERE {_now("m")} AND m.division <> h.division""",
    ),
    Invariant(
        "INV-03", "户口状态不正常的人还有常住户口", "somebody who is dead, in service or gone has an open membership",
        f"""
SELECT m.subject, '' FROM registers_membership m WHERE {_now("m")}
   AND NOT EXISTS (SELECT FROM registers_status s WHERE s.subject = m.subject
                      AND s.recorded_to IS NULL AND s.valid_to IS NULL AND s.status = '0')""",
    ),
    Invariant(
        "INV-03", "户口登记的日期与不正常的户口状态重叠", "a membership overlaps days of another status",
        """
SELECT m.subject, s.status || ' ' || s.valid_from FROM registers_membership m
  JOIN registers_status s ON s.subject = m.subject AND s.recorded_to IS NULL AND s.status <> '0' AND s.valid && m.valid
 WHERE m.recorded_to IS NULL AND m.valid_to IS NOT NULL""",
        "warning",
    ),
    Invariant(
        "INV-05", "一人的户口登记期间重叠", "two memberships of a person overlap",
        """
SELECT subject, next::text FROM (
    SELECT subject, valid_to, lead(valid_from) OVER (PARTITION BY subject ORDER BY valid_from) AS next
      FROM registers_membership WHERE recorded_to IS NULL) known
 WHERE next IS NOT NULL AND (valid_to IS NULL OR valid_to > next)""",
    ),
    Invariant(
        "INV-05", "户口登记中断而没有注销类别", "a membership ends without a ground and none begins on that day",
        """
SELECT subject, valid_to::text FROM (
    SELECT subject, valid_to, close_ground, lead(valid_from) OVER (PARTITION BY subject ORDER BY valid_from) AS next
      FROM registers_membership WHERE recorded_to IS NULL) known
 WHERE valid_to IS NOT NULL AND close_ground = '' AND next IS DISTINCT FROM valid_to""",
    ),
    Invariant(
        "INV-06", "与户主关系和性别不一致", "a relation does not fit the person's sex",
        f"""
SELECT m.subject, m.relation || ' ' || p.sex FROM registers_membership m
  JOIN registers_particulars p ON p.subject = m.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
 WHERE {_now("m")} AND p.sex IN ('1', '2') AND anjia_relation_sex(m.relation) <> p.sex""",
    ),
    Invariant(
        "INV-06", "父亲或者母亲与子女年龄相差不足十二岁", "a parent is less than twelve years older than the child",
        f"""
SELECT k.subject, k.kind || ' ' || k.kin FROM registers_kinship k
  JOIN registers_particulars c ON c.subject = k.subject AND c.recorded_to IS NULL AND c.valid_to IS NULL
  JOIN registers_particulars p ON p.subject = k.kin AND p.recorded_to IS NULL AND p.valid_to IS NULL
 WHERE {_now("k")} AND k.kind IN ('father', 'mother')
   AND p.birth_on + interval '{YOUNG_PARENT} years' > c.birth_on""",
        "warning",
    ),
    Invariant(
        "INV-06", "结婚时不到法定婚龄", "a spouse was under age at marriage",
        f"""
SELECT who.subject, k.valid_from::text FROM registers_kinship k
  JOIN registers_particulars who ON who.subject IN (k.subject, k.kin)
       AND who.recorded_to IS NULL AND who.valid_to IS NULL
 WHERE k.recorded_to IS NULL AND k.kind = 'spouse' AND who.sex IN ('1', '2') AND k.valid_from
     < who.birth_on + make_interval(years => CASE who.sex WHEN '1' THEN {MEN_MARRY} ELSE {WOMEN_MARRY} END)""",
        "warning",
    ),
    Invariant(
        "INV-07", "只有未成年人的家庭户没有监护人", "a household of minors only has no guardian",
        f"""
SELECT m.household, min(m.subject)::text FROM registers_membership m
  JOIN registers_household h ON h.subject = m.household AND h.recorded_to IS NULL AND h.valid_to IS NULL
  JOIN registers_particulars p ON p.subject = m.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
 WHERE {_now("m")} AND h.kind = 'J1'
 GROUP BY m.household
HAVING bool_and(p.birth_on + interval '{ADULT} years' > current_date)
   AND NOT EXISTS (SELECT FROM registers_guardianship g WHERE g.subject = m.household
                      AND g.recorded_to IS NULL AND g.valid_to IS NULL)""",
        "warning",
    ),
    Invariant(
        "INV-08", "民族成份与父母双方都不一致", "an ethnicity is that of neither parent",
        f"""
SELECT p.subject, p.ethnicity FROM registers_particulars p
  JOIN registers_kinship k ON k.subject = p.subject AND k.kind IN ('father', 'mother')
       AND k.recorded_to IS NULL AND k.valid_to IS NULL AND k.valid_from <= p.valid_from
  JOIN registers_particulars kin ON kin.subject = k.kin
 WHERE {_now("p")} GROUP BY p.subject, p.ethnicity
HAVING count(DISTINCT k.kind) = 2 AND bool_and(kin.ethnicity <> p.ethnicity)""",
    ),
    Invariant(
        "INV-09", "集体户成员带有亲属关系，或公共集体户有户主", "a collective household has kin or an owner head",
        f"""
SELECT m.subject, h.kind || ' ' || m.relation FROM registers_membership m
  JOIN registers_household h ON h.subject = m.household AND h.recorded_to IS NULL AND h.valid_to IS NULL
 WHERE {_now("m")} AND h.kind <> 'J1'
   AND (m.relation NOT IN ('02', '99') OR h.kind IN ('T4', 'T5') AND m.relation = '02')""",
    ),
    Invariant(
        "INV-09", "集体户没有协管员", "a collective household has no officer",
        f"""
SELECT h.subject, h.kind FROM registers_household h WHERE {_now("h")} AND h.kind <> 'J1' AND NOT EXISTS (
    SELECT FROM registers_officer o WHERE o.subject = h.subject AND {_now("o")})""",
    ),
    Invariant(
        "INV-14", "一人有两张有效的身份证", "somebody has two valid ID cards",
        f"""
SELECT c.subject, string_agg(c.number, ' ') FROM registers_card c
 WHERE {_now("c")} AND c.state = 'valid' AND c.kind = 'card' GROUP BY c.subject HAVING count(*) > 1""",
    ),
    Invariant(
        "INV-10", "派出所人口数与登记增减不平", "a station's population is not its arrivals less its departures",
        """
SELECT min(id), station || ' ' || sum(began - ended - stands) FROM (
    SELECT m.id, left(m.division, 9) AS station,
           (lag(m.division) OVER w IS DISTINCT FROM m.division
               OR lag(m.valid_to) OVER w IS DISTINCT FROM m.valid_from)::int AS began,
           (m.valid_to IS NOT NULL AND (lead(m.division) OVER w IS DISTINCT FROM m.division
               OR lead(m.valid_from) OVER w IS DISTINCT FROM m.valid_to))::int AS ended,
           (m.valid_to IS NULL)::int AS stands
      FROM registers_membership m WHERE m.recorded_to IS NULL
    WINDOW w AS (PARTITION BY m.subject ORDER BY m.valid_from)) counted
 GROUP BY station HAVING sum(began - ended - stands) <> 0""",
    ),
    *(
        Invariant("INV-13", "条目不是由登记行为写下或者终止的", "an entry has no act of its moment", _by_act(name))
        for name in REGISTERS
    ),
)  # fmt: skip

NUMBER = Invariant("INV-04", "公民身份号码与出生日期、性别或校验码不符", "a citizen number does not fit", "")
NUMBERS = """
SELECT i.subject, i.uid, i.ciphertext, p.birth_on, p.sex FROM registers_identity i
  JOIN registers_particulars p ON p.subject = i.subject AND p.recorded_to IS NULL AND p.valid_to IS NULL
 WHERE i.kind = 'citizen_no' AND i.recorded_to IS NULL AND i.valid_to IS NULL AND i.issued_here
"""


def breaches(*, numbers: bool = True) -> Iterator[Breach]:
    """Gives everything in the register that breaks an invariant, in one snapshot.

    Args:
        numbers: decrypt every citizen number and check it (INV-04); it needs the city's keys.
    """
    with one_snapshot():
        for one in INVARIANTS:
            if not one.needs or _there(one.needs):
                yield from (Breach(one, number, detail) for number, detail in _rows(one.sql))
        if numbers:
            yield from _numbers()


def _numbers() -> Iterator[Breach]:
    keys = vault()
    for subject, uid, stored, birth_on, sex in _rows(NUMBERS):
        try:
            number = keys.decrypt(stored, "registers_identity", uid)
        except AnjiaError as error:
            yield Breach(NUMBER, subject, error.code)
            continue
        fits = len(number) == 18 and citizen_no.check_digit(number[:17]) == number[17]
        if not fits or number[6:14] != f"{birth_on:%Y%m%d}" or (sex in "12" and str(2 - int(number[16]) % 2) != sex):
            yield Breach(NUMBER, subject, "")


def _there(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        return bool(cursor.fetchone()[0])


def _rows(sql: str) -> Iterator[Any]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while page := cursor.fetchmany(PAGE):
            yield from page
