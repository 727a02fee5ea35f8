"""Turns a violated database constraint into an error that a clerk understands."""

from __future__ import annotations

import re

import psycopg

from anjia.kernel.errors import AnjiaError

CHECK_AGAIN = ("请刷新页面核对后再办", "Reload the page, check it and try again")
PAPER_TAKEN = (
    "paper-number-taken",
    "这个证件编号已经签发或使用过，编号不重复使用",
    "This number of a paper was given out or used before; numbers are never used again",
)

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
    "membership_end_grounded": (
        "membership-end-unexplained",
        "户口登记终止时须写明注销类别，或当日接续新的登记",
        "A registration that ends names its ground, unless the next one begins on that day",
    ),
    "membership_fits_sex": (
        "relation-not-of-sex",
        "与户主关系和性别不一致",
        "The relation to the head does not fit the person's sex",
    ),
    "particulars_ethnicity_of_parents": (
        "ethnicity-of-no-parent",
        "民族成份应与父亲或者母亲的一致",
        "The ethnicity is that of the father or of the mother",
    ),
    "subject_exists": (
        "subject-unknown",
        "没有这个人、户或地址的登记编号",
        "Nobody and nothing in the register has this key",
    ),
    "entry_by_act": (
        "entry-without-act",
        "登记簿只能由登记行为写入，记载时间不能倒签",
        "Only acts write the register, and its knowledge is never dated back",
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
    "household_has_officer": (
        "household-officerless",
        "开户的集体户要有一名协管员，家庭户没有协管员",
        "An open collective household has one officer; a family household has none",
    ),
    "officer_once": (
        "household-two-officers",
        "同一时间一个集体户只能有一名协管员",
        "A collective household has one officer at a time",
    ),
    "officer_of_open_household": (
        "officer-left-over",
        "户已撤销，协管员或监护人的登记也要结束",
        "The household is closed; its officer or guardian ends with it",
    ),
    "officer_named": ("officer-needed", "集体户要有一名协管员", "A collective household has one officer"),
    "household_of_minors": (
        "guardian-needed",
        "户内只有未成年人，需要写明监护人并由派出所核准",
        "The household has minors only; a guardian must be named and the station must approve",
    ),
    "guardianship_named": (
        "guardian-incomplete",
        "监护人和核准民警都要写明",
        "Both the guardian and the approving officer must be named",
    ),
    "household_one_of_unit": (
        "collective-of-unit",
        "这个单位已有集体户，一个单位只设一户",
        "This unit has a collective household already; a unit has one",
    ),
    "household_one_of_community": (
        "collective-of-community",
        "这个社区已有公共集体户，一个社区只设一户",
        "This community has a public collective household already; a community has one",
    ),
    "household_one_of_village": (
        "collective-of-village",
        "这个村已有农村集体户，一个村只设一户",
        "This village has a rural collective household already; a village has one",
    ),
    "place_without_households": (
        "place-without-households",
        "这处地址不在用，或者还有登记的户",
        "This address is not in use, or households are registered there",
    ),
    "reversal_of_an_act": ("act-reversed", "这次登记行为已经撤销过", "This act was undone already"),
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
    "enquiry_once": (
        "enquiry-open-already",
        "这项内容已在核查中",
        "This fact is under enquiry already",
    ),
    "enquiry_whole_once": (
        "enquiry-open-already",
        "这项内容已在核查中",
        "This fact is under enquiry already",
    ),
    "enquiry_away_from_a_residence": (
        "enquiry-not-of-a-residence",
        "只有居住登记可以查明“不在此处居住”",
        "Only of a residence can it be established that the person does not live there",
    ),
    "precision_once": (
        "date-known-twice",
        "这个日期的已知程度刚刚被登记过",
        "How exactly this date is known was just recorded by someone else",
    ),
    "identity_number_never_again": (
        "number-taken",
        "这个公民身份号码曾经属于另一个人，不再编给别人",
        "This citizen number belonged to another person before and is never given out again",
    ),
    "identity_number_agrees": (
        "number-disagrees",
        "公民身份号码与出生日期或性别不一致，应当同时重编号码",
        "The citizen number says another birth date or sex; a new number must come with the change",
    ),
    "origin_certificate_registers_one": (
        "certificate-used",
        "这份证明已经办过登记，一份出生医学证明只登记一次",
        "This certificate was registered before; one birth certificate makes one registration",
    ),
    "merger_once": (
        "record-cancelled-already",
        "这条记录已作为重复记录注销",
        "This record was cancelled as a duplicate before",
    ),
    "merger_other": (
        "records-same",
        "一条记录不能是自己的重复记录",
        "A record cannot be a duplicate of itself",
    ),
    "residence_once": (
        "residence-overlap",
        "此人在这段时间已有一处居住登记",
        "This person already has a residence in this period",
    ),
    "stay_once": (
        "stay-overlap",
        "此人在这段时间已有居住登记",
        "This person already has a residence registration in this period",
    ),
    "permit_once": (
        "permit-overlap",
        "此人在这段时间已有一本居住证，一人只能有一本",
        "This person already has a permit in this period; one person has one",
    ),
    "permit_serial_is_nobody_elses": (
        "permit-serial-taken",
        "这个居住证编号已属于另一个人",
        "This permit number already belongs to another person",
    ),
    "permit_of_outsiders": (
        "permit-of-outsiders",
        "居住登记和居住证只给户口在市外的人；落户、死亡或注销时须在同一次登记中终止",
        "Residence registration and permit are for persons registered elsewhere; "
        "settling here, death and cancellation end them in the same act",
    ),
    "permit_issue_day_stays": (
        "permit-issue-day-moved",
        "居住证的签发日期不能改动",
        "The day of issue of a permit never moves",
    ),
    "permit_years_forward": (
        "permit-days-disordered",
        "居住证的签发日、起算日和签注期限前后不符",
        "The days of issue, of counting and of the next endorsement are out of order",
    ),
    "card_one_valid": (
        "card-overlap",
        "此人在这段时间已有一张有效的身份证，一人只能有一张",
        "This person already has a valid card in this period; one person has one",
    ),
    "card_one_under_way": (
        "card-under-way",
        "此人已有一张身份证正在办理",
        "A card of this person is under way already",
    ),
    "card_never_revives": (
        "card-ended",
        "这张身份证已经挂失或者收缴，不能恢复使用",
        "This card was reported lost or withdrawn; it does not come back",
    ),
    "card_of_the_living": (
        "card-of-the-living",
        "此人的户口已经注销，身份证须在同一次登记中收缴",
        "This person's registration is cancelled; the card is withdrawn in the same act",
    ),
    "card_number_is_nobody_elses": (
        "card-number-taken",
        "这个受理号已属于另一个人",
        "This application number already belongs to another person",
    ),
    "paper_given_out_once": PAPER_TAKEN,
    "paper_ended_once": PAPER_TAKEN,
    "paper_one_state": PAPER_TAKEN,
    "paper_one_live": (
        "paper-live-already",
        "此人已有一张没有用完的同类证件",
        "This person holds such a paper already",
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

_CLOSED = (
    "这条登记刚刚被别人终止，这次没有写入",
    "This entry was just closed by someone else; nothing was written",
)


def translate(error: psycopg.Error) -> AnjiaError:
    """Gives the typed error for a failed statement (code `register-refused` if it has no name)."""
    name = error.diag.constraint_name or ""
    if (found := _sentence(name)) is not None:
        code, zh, en = found
        return AnjiaError(code, zh, en, CHECK_AGAIN, status=409, constraint=name)
    if isinstance(error, psycopg.errors.DataException) and error.sqlstate == "22000":
        # A span turned round fails before any constraint is asked.
        code, zh, en = _sentence("entry_valid_forward") or ("", "", "")
        return AnjiaError(code, zh, en, CHECK_AGAIN, status=409)
    if isinstance(error, psycopg.OperationalError) and error.sqlstate in ("40001", "40P01", "55P03"):
        return AnjiaError(
            "act-conflict",
            "登记簿正被别人使用，这次没有写入",
            "The register is in use by someone else; nothing was written",
            CHECK_AGAIN,
            status=409,
        )
    if error.sqlstate == "42501" and "is closed and cannot change" in str(error):
        return AnjiaError("act-conflict", *_CLOSED, CHECK_AGAIN, status=409)
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
