"""Turns a violated database constraint into an error that a clerk understands."""

from __future__ import annotations

import re

import psycopg

from anjia.kernel.errors import AnjiaError

CHECK_AGAIN = ("请刷新页面核对后再办", "Reload the page, check it and try again")

CONSTRAINTS: dict[str, tuple[str, str, str]] = {
    "membership_once": (
        "membership-overlap",
        "此人在这段时间已有一处常住户口，一人只能有一处",
        "This person already has a registration in this period; one person has one",
    ),
    "membership_one_head": (
        "household-two-heads",
        "这一户已有户主，一户只能有一个户主",
        "This household already has a head; a household has one",
    ),
    "household_has_head": (
        "household-headless",
        "这一户办完后没有户主，请先指定新户主",
        "The household would be left without a head; name a new head first",
    ),
    "household_open_for_members": (
        "household-closed",
        "这一户已撤销，不能登记成员",
        "This household is closed and takes no members",
    ),
    "membership_of_the_living": (
        "person-not-registrable",
        "此人的户口状态不允许登记户口（已死亡、服现役、出国定居或已注销）",
        "This person's status does not allow a registration",
    ),
    "membership_in_its_division": (
        "membership-elsewhere",
        "户口登记的区划与所在户不一致",
        "The registration lies in another division than its household",
    ),
    "membership_collective_relation": (
        "relation-not-collective",
        "集体户成员不登记与户主的亲属关系",
        "A member of a collective household carries no kinship to its head",
    ),
    "kinship_other": (
        "kinship-with-oneself",
        "一个人不能是自己的亲属",
        "A person cannot be kin of oneself",
    ),
    "case_one_open": (
        "case-open-already",
        "此人的这一事项已有一件在办",
        "This person has an open case of this service already",
    ),
    "household_number_once": (
        "household-number-taken",
        "这个户号已经使用",
        "This household number is already in use",
    ),
    "identity_number_is_nobody_elses": (
        "number-taken",
        "这个公民身份号码已属于另一个人",
        "This citizen number already belongs to another person",
    ),
    "residence_once": (
        "residence-overlap",
        "此人在这段时间已有一处居住登记",
        "This person already has a residence in this period",
    ),
}

KINDS: tuple[tuple[str, tuple[str, str, str]], ...] = (
    (
        r".*_(once|pair_once)",
        ("entry-overlap", "同一时间已有一条有效的登记", "An entry that is true at the same time exists already"),
    ),
    (
        r".*_valid_forward",
        ("period-empty", "结束日须晚于开始日", "The end must lie after the start"),
    ),
    (
        r".*_(recorded_forward|closed_by_act|key_key|closes_once)",
        ("act-conflict", "登记簿刚刚被别人更新，这次没有写入",
         "The register was just updated by someone else; nothing was written"),
    ),
    (
        r".*_(known|relation)",
        ("code-unknown", "有一项代码不在规定的代码表内", "A code is not one of its code table"),
    ),
)  # fmt: skip
"""Names of constraints by pattern, for those that have no sentence of their own."""


def translate(error: psycopg.Error) -> AnjiaError:
    """Gives the typed error for a failed statement (code `register-refused` if it has no name)."""
    name = error.diag.constraint_name or ""
    if (found := _sentence(name)) is not None:
        code, zh, en = found
        return AnjiaError(code, zh, en, CHECK_AGAIN, status=409, constraint=name)
    if isinstance(error, psycopg.OperationalError) and error.sqlstate in ("40001", "40P01", "55P03"):
        return AnjiaError(
            "act-conflict",
            "登记簿正被别人使用，这次没有写入",
            "The register is in use by someone else; nothing was written",
            CHECK_AGAIN,
            status=409,
        )
    return AnjiaError(
        "register-refused",
        f"登记簿没有接受这次写入（{name or error.sqlstate or '连接中断'}）",
        f"The register did not accept this write ({name or error.sqlstate or 'connection lost'})",
        CHECK_AGAIN,
        status=503 if error.sqlstate is None else 409,
        constraint=name,
    )


def sentence(name: str) -> tuple[str, str, str]:
    """Gives code and sentences of a constraint; one that has no name of its own is told by its constraint."""
    own = ("register-refused", f"登记簿不接受（{name}）", f"The register does not accept it ({name})")
    return _sentence(name) or own


def _sentence(name: str) -> tuple[str, str, str] | None:
    if name in CONSTRAINTS:
        return CONSTRAINTS[name]
    return next((found for pattern, found in KINDS if re.fullmatch(pattern, name)), None)
