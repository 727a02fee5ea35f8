"""The desks: one function per interface, giving no more than its question needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from simulators.departments import filed
from simulators.departments.archive import Archive, Record

DWELLING = "住宅"
TEXT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Question:
    """One query as a desk sees it; `on` is the department's own day."""

    citizen_no: str
    name: str
    arguments: Mapping[str, str]
    on: date


@dataclass(frozen=True, slots=True)
class Desk:
    """One interface: who answers, for which purposes, which arguments it takes, and how."""

    source: Mapping[str, str]
    purposes: frozenset[str]
    needs: frozenset[str]
    takes: frozenset[str]
    answer: Callable[[Archive, Question], Record | None]


def lease_filing(archive: Archive, question: Question) -> Record | None:
    """Gives the tenant's filed lease: the one named, else one in force, else the latest."""
    filed = [row for row in archive.find("lease", f"tenant:{question.citizen_no}") if row["filed_on"]]
    wanted = question.arguments.get("contract_no")
    if wanted:
        filed = [row for row in filed if row["contract_no"] == wanted]
    if not filed:
        return None
    today = question.on.isoformat()
    row = max(filed, key=lambda one: (_runs(one, today), one["start_on"], one["contract_no"]))
    return {
        "contract_no": row["contract_no"],
        "filed_on": row["filed_on"],
        "period": {"start_on": row["start_on"], "end_on": row["end_on"]},
        "dwelling": {"place_code": row["place_code"], "address": row["address"]},
        "lessor": {"no": row["lessor_no"], "name": row["lessor_name"]},
    }


def title_register(archive: Archive, question: Question) -> Record | None:
    """Gives the title of a dwelling and whether the asked person holds it, never who else does."""
    titles = archive.find("title", f"place:{question.arguments['place_code']}")
    if not titles:
        return None
    row = max(titles, key=lambda one: (one["registered_on"], one["title_no"]))
    asked = question.arguments.get("right_holder_no")
    holders = {holder["no"] for one in titles for holder in one["holders"]}
    return {
        "title_no": row["title_no"],
        "usage": row["usage"],
        "land_right": row["land_right"],
        "registered_on": row["registered_on"],
        "seized": row["seized"],
        "mortgaged": row["mortgaged"],
        "asked_is_holder": None if asked is None else asked in holders,
    }


def title_holdings(archive: Archive, question: Question) -> Record | None:
    """Says whether the subject holds a dwelling in the city, not which one."""
    titles = archive.find("title", f"holder:{question.citizen_no}")
    if not titles:
        return None
    return {"owns_dwelling": any(one["usage"] == DWELLING for one in titles)}


def title_share(archive: Archive, question: Question) -> Record | None:
    """Says whether the subject has a share in a dwelling and whether others have one too, never who."""
    titles = archive.find("title", f"place:{question.arguments['place_code']}")
    if not titles:
        return None
    holders = {holder["no"] for one in titles for holder in one["holders"]}
    return {"is_holder": question.citizen_no in holders, "is_shared": len(holders) > 1}


def settle_dwelling(archive: Archive, question: Question) -> Record | None:
    """Gives the asked title, else the subject's latest, with the subject's own share; never another holder."""
    wanted = question.arguments.get("title_no")
    asked = archive.get("title", wanted) if wanted else None
    titles = [asked] if asked else [] if wanted else archive.find("title", f"holder:{question.citizen_no}")
    if not titles:
        return None
    row = max(titles, key=lambda one: (one["registered_on"], one["title_no"]))
    own = [one for one in row["holders"] if one["no"] == question.citizen_no]
    kept = ("title_no", "usage", "land_right", "place_code", "seized")
    return {
        **{name: row[name] for name in kept},
        "is_holder": bool(own),
        "holders": len(row["holders"]),
        "share": float(sum(one.get("share", 1 / len(row["holders"])) for one in own)),
    }


def own_dwelling(archive: Archive, question: Question) -> Record | None:
    """Gives the subject's dwelling registered last, or the one of the asked title; never another holder."""
    titles = [row for row in archive.find("title", f"holder:{question.citizen_no}") if row["usage"] == DWELLING]
    wanted = question.arguments.get("title_no")
    if wanted:
        titles = [row for row in titles if row["title_no"] == wanted]
    if not titles:
        return None
    row = max(titles, key=lambda one: (one["registered_on"], one["title_no"]))
    return {name: row[name] for name in ("title_no", "place_code", "address", "registered_on")}


def auction_ruling(archive: Archive, question: Question) -> Record | None:
    """Gives the subject's latest effective auction ruling as a buyer, nothing about the debtor."""
    today = question.on.isoformat()
    rulings = [row for row in archive.find("auction", f"buyer:{question.citizen_no}") if row["effective_on"] <= today]
    wanted = question.arguments.get("ruling_no")
    if wanted:
        rulings = [row for row in rulings if row["ruling_no"] == wanted]
    if not rulings:
        return None
    row = max(rulings, key=lambda one: (one["effective_on"], one["ruling_no"]))
    return {name: row[name] for name in ("ruling_no", "place_code", "address", "effective_on")}


def divorce_record(archive: Archive, question: Question) -> Record | None:
    """Gives the day of the subject's latest divorce while no later marriage stands."""
    rows = archive.find("marriage", f"spouse:{question.citizen_no}")
    if not rows:
        return None
    row = max(rows, key=lambda one: (one["registered_on"], one["certificate_no"]))
    return {"ended_on": row["ended_on"]} if row["ended_on"] is not None else None


def real_person(archive: Archive, question: Question) -> Record | None:
    """Says whether number and name belong together in the identity base."""
    row = archive.get("person", question.citizen_no)
    return None if row is None else {"matches": row["name"] == question.name}


def marriage_register(archive: Archive, question: Question) -> Record | None:
    """Gives the subject's latest registered marriage and whether it stands."""
    rows = archive.find("marriage", f"spouse:{question.citizen_no}")
    if not rows:
        return None
    row = max(rows, key=lambda one: (one["registered_on"], one["certificate_no"]))
    others = [one for one in row["spouses"] if one["no"] != question.citizen_no]
    return {
        "certificate_no": row["certificate_no"],
        "registered_on": row["registered_on"],
        "stands": row["ended_on"] is None,
        "spouse": {"no": others[0]["no"], "name": others[0]["name"]} if others else None,
    }


def birth_certificate(archive: Archive, question: Question) -> Record | None:
    """Gives the certificate of the subject's own child: the one named, else that of the youngest."""
    rows = archive.find("birth", f"parent:{question.citizen_no}")
    wanted = question.arguments.get("certificate_no")
    if wanted:
        rows = [row for row in rows if row["certificate_no"] == wanted]
    if not rows:
        return None
    row = max(rows, key=lambda one: (one["child"]["born_on"], one["certificate_no"]))
    parents = [row["father"], row["mother"]]
    other = next((one for one in parents if one["no"] != question.citizen_no), None)
    return {
        "certificate_no": row["certificate_no"],
        "issued_on": row["issued_on"],
        "multiple": row["multiple"],
        "child": {
            **row["child"],
            "parent_surname": any(row["child"]["name"][:1] == one["name"][:1] for one in parents),
        },
        "father": row["father"],
        "mother": row["mother"],
        "other_parent": {"no": other["no"]} if other else None,
    }


def supervision_bar(archive: Archive, question: Question) -> Record | None:
    """Says whether a move needs an authority's approval and whether it was given, never why."""
    row = archive.get("bar", question.citizen_no)
    return None if row is None else {"barred": row["barred"], "approved": row["approved"]}


def employment(archive: Archive, question: Question) -> Record | None:
    """Gives whether and where the subject works and for how many months they were insured, never the wage."""
    row = archive.get("employment", question.citizen_no)
    return None if row is None else {name: row[name] for name in ("active", "unit", "months")}


def school_roll(archive: Archive, question: Question) -> Record | None:
    """Gives whether the subject attends a school of the city, and which."""
    row = archive.get("pupil", question.citizen_no)
    return None if row is None else {name: row[name] for name in ("attending", "school")}


def on_file(interface: str) -> Callable[[Archive, Question], Record | None]:
    """Gives a desk that answers what lies on file for the subject, and nothing else."""

    def answer(archive: Archive, question: Question) -> Record | None:
        row = archive.get("answer", filed.key(interface, question.citizen_no))
        return None if row is None else dict(row["answer"])

    return answer


def _runs(lease: Record, today: str) -> bool:
    # The last day of a lease belongs to it.
    return lease["start_on"] <= today and (lease["end_on"] is None or today <= lease["end_on"])


def _desk(
    zh: str,
    en: str,
    answer: Callable[[Archive, Question], Record | None],
    *,
    needs: str = "",
    takes: str = "",
    purposes: str = "settlement",
) -> Desk:
    required, agreed = frozenset(needs.split()), frozenset(purposes.split())
    return Desk({"zh": zh, "en": en}, agreed, required, required | frozenset(takes.split()), answer)


def open_desks(agreements: Mapping[str, list[str]] | None = None) -> dict[str, Desk]:
    """Gives the desks by interface id, with the purposes of the agreements where they are given."""
    desks = {
        "lease-filing": _desk(
            "住房和城乡建设部门", "Housing department", lease_filing, takes="contract_no",
            purposes="settlement residence",
        ),
        "title-register": _desk(
            "自然资源部门", "Natural resources department", title_register,
            needs="place_code", takes="right_holder_no",
        ),
        "settle-dwelling": _desk(
            "自然资源部门", "Natural resources department", settle_dwelling, takes="title_no"
        ),
        "own-dwelling": _desk(
            "自然资源部门", "Natural resources department", own_dwelling, takes="title_no"
        ),
        "auction-ruling": _desk("人民法院", "Courts", auction_ruling, takes="ruling_no"),
        "divorce-record": _desk("民政部门、人民法院", "Civil affairs and courts", divorce_record),
        "title-holdings": _desk(
            "自然资源部门", "Natural resources department", title_holdings, purposes="settlement residence"
        ),
        "title-share": _desk(
            "自然资源部门", "Natural resources department", title_share,
            needs="place_code", purposes="household-register",
        ),
        "real-person": _desk(
            "公安人口信息部门", "Public security identity base", real_person,
            purposes="settlement residence id-card birth-registration household-register",
        ),
        "marriage-register": _desk(
            "民政部门", "Civil affairs department", marriage_register,
            purposes="settlement birth-registration household-register",
        ),
        "birth-certificate": _desk(
            "卫生健康部门", "Health department", birth_certificate, takes="certificate_no",
            purposes="birth-registration",
        ),
        "supervision-bar": _desk("公安、人民法院", "Police and courts", supervision_bar),
        "employment": _desk(
            "人力资源和社会保障部门", "Human resources and social security", employment,
            purposes="residence settlement",
        ),
        "school-roll": _desk("教育部门", "Education department", school_roll, purposes="residence"),
    }  # fmt: skip
    for ident, (zh, en, purpose) in filed.FILED.items():
        desks[ident] = _desk(zh, en, on_file(ident), purposes=purpose)
    for ident, purposes in (agreements or {}).items():
        desk = desks[ident]
        desks[ident] = Desk(desk.source, frozenset(purposes), desk.needs, desk.takes, desk.answer)
    return desks


def argument_fault(desk: Desk, arguments: Any) -> str | None:
    """Gives what is wrong with a query's arguments, None when nothing is."""
    if not isinstance(arguments, dict):
        return "arguments must be a JSON object"
    strangers = sorted(set(arguments) - desk.takes)
    if strangers:
        return f"unknown argument {', '.join(strangers)}; known: {', '.join(sorted(desk.takes)) or 'none'}"
    missing = sorted(desk.needs - set(arguments))
    if missing:
        return f"argument {', '.join(missing)} is missing"
    wrong = sorted(
        name
        for name, value in arguments.items()
        if not isinstance(value, str) or not 0 < len(value) <= TEXT_LIMIT
    )
    return f"argument {', '.join(wrong)} must be text of 1 to {TEXT_LIMIT} characters" if wrong else None
