"""Turns a violated database constraint into an error that a clerk understands."""

from __future__ import annotations

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


def translate(error: psycopg.Error) -> AnjiaError:
    """Gives the typed error for a failed statement (code `register-refused` if it has no name)."""
    name = error.diag.constraint_name or ""
    if name in CONSTRAINTS:
        code, zh, en = CONSTRAINTS[name]
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
