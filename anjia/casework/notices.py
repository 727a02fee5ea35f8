"""Messages to persons: written once for each cause, read under the person's own sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from anjia.casework.definition import item_of
from anjia.casework.models import Case, Notice
from anjia.kernel.effects import effect
from anjia.kernel.models import Act
from anjia.kernel.specs.text import Words

EFFECT = "send-notice"


def of_person(person: int, *, before_id: int | None = None, limit: int = 50) -> list[Notice]:
    """Gives the messages to a person, newest first."""
    rows = Notice.objects.filter(person=person)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def of_case(number: str, person: int) -> list[Notice]:
    """Gives the messages to a person about one case, oldest first."""
    return list(Notice.objects.filter(case_number=number, person=person).order_by("id"))


def tell(key: str, *, person: int, kind: str, title: Words, body: Words) -> bool:
    """Writes a message that belongs to no case, once for each key; gives whether this was the first time."""
    if Notice.objects.filter(key=key).exists():
        return False
    row = Notice(
        key=key, person=person, case_number="", kind=kind, title_zh=title.zh, title_en=title.en, body_zh=body.zh,
        body_en=body.en, at=timezone.now(),
    )  # fmt: skip
    Notice.objects.bulk_create([row], ignore_conflicts=True)
    return True


def send(key: str, *, person: int, case: Case, kind: str, title: Words, body: Words, act_id: int | None = None) -> None:
    """Writes one message; the same key writes it once."""
    Notice.objects.bulk_create(
        [
            Notice(
                key=key,
                person=person,
                case_number=case.number,
                kind=kind,
                title_zh=title.zh,
                title_en=title.en,
                body_zh=body.zh,
                body_en=body.en,
                act_id=act_id,
                at=timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )


def send_progress(case: Case, body: Words) -> None:
    """Tells the applicant that the case has moved on; once for each version of the case."""
    send(
        f"case:{case.pk}:{case.version}", person=case.person, case=case, kind="progress",
        title=item_of(case).title, body=body,
    )  # fmt: skip


def declare() -> None:
    """Registers the handler of the effect `send-notice`."""
    effect(EFFECT)(_send_decision)


def _send_decision(*, act_id: int, person: int | None = None, **_: Any) -> None:
    # The act carries all that is told, so a worker that dies and starts again says the same.
    act = Act.objects.get(pk=act_id)
    case = Case.objects.get(number=act.case_number)
    if person is None or person == case.person:
        who, key, (title, body) = case.person, f"act:{act_id}:decision", _decision_words(case, act.evidence)
    else:
        who, key, (title, body) = person, f"act:{act_id}:decision:{person}", _words_for_others(case, act.evidence)
    send(key, person=who, case=case, kind="decision", title=title, body=body, act_id=act_id)


def _words_for_others(case: Case, evidence: Mapping[str, Any]) -> tuple[Words, Words]:
    """Gives the decision as it is served on those who were heard."""
    station = evidence["station"]["name"]
    if evidence["verdict"] == "yes":
        return (
            Words("您的户口已依决定迁移", "Your registration was moved by decision"),
            Words(
                f"办件 {case.number} 已作出决定，您的户口已迁移，新的登记可在“我的户”查看，决定书在“我的证照”。"
                f"{evidence['appeal']['zh']}复议或诉讼成功的，登记予以恢复。办理单位：{station['zh']}。",
                f"Case {case.number} is decided and your registration was moved; see “My household”, and the "
                f"decision under “My documents”. {evidence['appeal']['en']} If you succeed, the registration is "
                f"restored. Office: {station['en']}.",
            ),
        )
    return (
        Words("有关您户口的申请没有获准", "The request about your registration was refused"),
        Words(
            f"办件 {case.number} 已终结，您的户口不变。办理单位：{station['zh']}。",
            f"Case {case.number} has ended; your registration stays as it is. Office: {station['en']}.",
        ),
    )


def _decision_words(case: Case, evidence: Mapping[str, Any]) -> tuple[Words, Words]:
    item, station = evidence["item"]["title"], evidence["station"]["name"]
    if evidence["verdict"] == "yes":
        outcome = evidence["outcome"]["title"]
        return (
            Words(f"{item['zh']}已办结", f"{item['en']}: done"),
            Words(
                f"您的办件 {case.number} 已办结：{outcome['zh']}。"
                f"办理结果告知单和电子证照可在“我的证照”查看。办理单位：{station['zh']}。",
                f"Your case {case.number} is decided: {outcome['en']}. "
                "The decision notice and the electronic certificate are under “My documents”. "
                f"Office: {station['en']}.",
            ),
        )
    failing = [one for one in evidence["clauses"] if one["verdict"] == "no"]
    zh = "；".join(f"{one['text']['zh']}（{one['remedy']['zh']}）" for one in failing)
    en = "; ".join(f"{one['text']['en']} ({one['remedy']['en']})" for one in failing)
    return (
        Words(f"{item['zh']}不予办理", f"{item['en']}: refused"),
        Words(
            f"您的办件 {case.number} 不予办理，不满足的条件：{zh}。{evidence['appeal']['zh']}",
            f"Your case {case.number} was refused. Conditions not met: {en}. {evidence['appeal']['en']}",
        ),
    )
