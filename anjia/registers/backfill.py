"""Persons without registration, and those who become nationals: late ways into the register.

Source: 国办发〔2015〕96号 with its eight kinds (rules B-20 to B-28); 国籍法 Art. 7, 8, 13, 16 (rule X-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from anjia.kernel.errors import AnjiaError
from anjia.registers import returning
from anjia.registers.births import parentage_needed
from anjia.registers.entering import Newcomer, enter, home_of
from anjia.registers.family import Row
from anjia.registers.operations import Prepared, operation
from anjia.registers.origin import BACKFILL, NATURALISED
from anjia.registers.standing import refusal

CARE = "T6"
"""Kind of household of a welfare or rescue institution."""

PAPERS: Mapping[str, tuple[str, str]] = {
    "statement": ("本人或监护人声明", "statement of the person or guardian"),
    "nationwide-search": ("全国人口库查重", "nationwide search for another registration"),
    "dna-check": ("打拐 DNA 比对", "DNA check for missing children"),
    "birth-certificate": ("出生医学证明", "birth certificate"),
    "parentage-report": ("亲子鉴定意见", "report of parentage"),
    "marriage-or-statement": ("结婚证或非婚生育说明", "marriage certificate or statement of birth out of wedlock"),
    "adoption-registration": ("收养登记证", "certificate of adoption"),
    "de-facto-adoption": ("事实收养公证", "notarised de-facto adoption"),
    "migration-paper": ("补发的户口迁移证", "re-issued migration paper"),
    "no-foreign-nationality": ("未取得外国国籍声明", "statement of no foreign nationality"),
    "joint-enquiry": ("公安、民政、卫健等联合调查报告", "report of the joint enquiry"),
}
COMMON = ("statement", "nationwide-search", "dna-check")
"""What every late entry needs beside the approval of the county (rule B-20)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the kinds of persons without registration.

    Attributes:
        needs: papers; of those joined by `|` one is enough.
        parent: whether a parent or adopter in the register is needed.
        restore: code of the restoration when a cancelled registration is to be reopened instead.
    """

    needs: tuple[str, ...] = ()
    parent: bool = False
    restore: str = ""


KINDS: Mapping[str, Kind] = {
    "0": Kind(),
    "1": Kind(("birth-certificate", "marriage-or-statement"), parent=True),
    "2": Kind(("parentage-report", "birth-certificate"), parent=True),
    "3": Kind(("adoption-registration|de-facto-adoption",), parent=True),
    "4": Kind(restore="5"),
    "5": Kind(restore="7"),
    "6": Kind(("migration-paper",)),
    "7": Kind(("birth-certificate|parentage-report", "no-foreign-nationality"), parent=True),
    "8": Kind(("joint-enquiry",)),
}
"""Code (the number after B-2) → what it needs."""


@operation(
    "backfill",
    needs="name sex birth_on ethnicity kind papers approval file",
    takes="person household number father mother guardians other_ethnicity certificate certificate_on twin wedlock "
    "abroad ground from_place birth_place native_place marital education blood",
)
def backfill(
    *, on: date, name: str, sex: str, birth_on: date, ethnicity: str, kind: str, papers: Iterable[str] | str,
    approval: str, file: str, person: int | None = None, household: int | None = None, number: str | None = None,
    father: int | None = None, mother: int | None = None, guardians: Iterable[int] = (), other_ethnicity: str = "",
    certificate: str = "", certificate_on: date | None = None, twin: bool = False, wedlock: bool | None = None,
    abroad: bool = False, **more: str,
) -> Prepared:  # fmt: skip
    """Registers a person who never was (BACKFILL); the entry is flagged and names enquiry and approval.

    Args:
        kind: 0 to 8, see `KINDS`; kinds 4 and 5 reopen a registration and are not entered anew.
        papers: codes of `PAPERS` that were seen, as a list or with spaces between.
        approval, file: number of the county's approval and of the enquiry file.
        household: without it that of mother, father or `person`, who applies.

    Raises:
        AnjiaError: `kind-unknown`, `kind-restores`, `paper-missing`, `parent-needed`, `parentage-needed` (422),
            and what a birth is refused for.
    """
    given, wanted = set(papers.split() if isinstance(papers, str) else papers), _kind(kind)
    if wanted.restore:
        raise _restores(wanted.restore)
    _papers_there(wanted, given)
    if wanted.parent and father is None and mother is None:
        raise refusal(
            "parent-needed", "这一类要写明在本市登记的父亲、母亲或收养人",
            "This kind needs a registered parent or adopter",
            ("请补充父母或收养人", "Name the parent or adopter"),
        )  # fmt: skip
    if kind == "1" and wedlock is False and mother is None and "parentage-report" not in given:
        raise parentage_needed()
    origin: dict[str, Any] = {
        "kind": BACKFILL, "ground": kind, "certificate": certificate.strip(), "certificate_on": certificate_on,
        "file": f"{file} {approval}", "twin": twin, "wedlock": wedlock, "late": True, "abroad": abroad,
    }  # fmt: skip
    one = Newcomer(
        name, sex, birth_on, ethnicity, household if household is not None else home_of(mother, father, person),
        origin, number, father, mother, tuple(guardians), tuple(other_ethnicity.split()), by_blood=kind != "3",
        ethnic=kind != "3", more=more,
    )  # fmt: skip
    return enter(one, "backfill", on, _care_home if kind == "8" else lambda home: None)


@operation(
    "naturalise",
    needs="certificate",
    takes="person restored household name sex birth_on ethnicity certificate_on birth_place native_place marital "
    "education ground from_place father mother",
)
def naturalise(
    *, on: date, certificate: str, person: int | None = None, restored: int | None = None,
    household: int | None = None, name: str = "", sex: str = "", birth_on: date | None = None, ethnicity: str = "98",
    certificate_on: date | None = None, father: int | None = None, mother: int | None = None, **more: str,
) -> Prepared:  # fmt: skip
    """Registers somebody who became a national (NATURALISE); the number is issued once.

    Args:
        restored: a person of the register who lost the nationality and got it back: the registration is
            reopened with the old number.
        person: who applies, whose household receives the person when none is named.
        certificate: number of the ministry's certificate.

    Raises:
        AnjiaError: `particulars-needed` (422), and what a birth or a restoration is refused for.
    """
    if restored is not None:
        return returning.reopen(
            "naturalise", on, restored, returning.NATIONALITY_BACK, household=household, paper=certificate
        )
    if not (name and sex and birth_on):
        raise refusal(
            "particulars-needed", "入籍登记要写明姓名、性别和出生日期", "Name, sex and birth date are needed",
            ("请按入籍证书填写", "Take them from the certificate"),
        )  # fmt: skip
    origin: dict[str, Any] = {
        "kind": NATURALISED, "ground": "", "certificate": certificate.strip(), "certificate_on": certificate_on,
        "file": "", "twin": False, "wedlock": None, "late": False, "abroad": True,
    }  # fmt: skip
    home = household if household is not None else home_of(person)
    one = Newcomer(name, sex, birth_on, ethnicity, home, origin, None, father, mother, ethnic=False,
                   by_blood=True, more=more)  # fmt: skip
    return enter(one, "naturalise", on)


def _kind(code: str) -> Kind:
    if code not in KINDS:
        raise refusal(
            "kind-unknown", "没有这一类无户口人员", "There is no such kind of persons without registration",
            ("请从 0 至 8 中选择", "Choose one of 0 to 8"),
        )  # fmt: skip
    return KINDS[code]


def _papers_there(kind: Kind, given: set[str]) -> None:
    needed = [need.split("|") for need in (*COMMON, *kind.needs)]
    missing = [choice for choice in needed if not given & set(choice)]
    if missing:
        zh = "；".join("或".join(PAPERS[one][0] for one in choice) for choice in missing)
        en = "; ".join(" or ".join(PAPERS[one][1] for one in choice) for choice in missing)
        raise refusal(
            "paper-missing", f"还缺：{zh}", f"Still missing: {en}",
            ("请补齐后再登记", "Complete the papers first"), missing=["|".join(choice) for choice in missing],
        )  # fmt: skip


def _care_home(home: Row) -> None:
    if home["kind"] != CARE:
        raise refusal(
            "care-home-needed", "身份不明的人落在福利、救助机构集体户",
            "A person of unknown origin is registered in the household of a welfare or rescue institution",
            ("请选择机构集体户", "Choose the institution's household"),
        )  # fmt: skip


def _restores(code: str) -> AnjiaError:
    return refusal(
        "kind-restores", "这一类是恢复原来的户口，不新登记", "This kind reopens the cancelled registration",
        ("请办恢复户口", "Use the restoration of a registration"), restore=code,
    )  # fmt: skip
