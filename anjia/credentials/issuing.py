"""The effect `issue-documents`: the documents of a decision, each made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from anjia.credentials import booklet, documents, notice, permit
from anjia.credentials.documents import Ground
from anjia.credentials.models import Document
from anjia.kernel.definitions import in_force
from anjia.kernel.effects import effect
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.kernel.specs import CertificateSpec, CitySpec
from anjia.registers import history

EFFECT = "issue-documents"

Content = Callable[[Act, int, CertificateSpec, CitySpec, str], dict[str, Any]]
BOOKLET = "household-booklet"
CONTENTS: dict[str, Content] = {
    "notice": notice.content,
    "booklet": booklet.content,
    "household": booklet.household_content,
    "permit": permit.content,
}
"""What a certificate's option `content` may name."""


def declare() -> None:
    """Registers the handler of the effect `issue-documents`."""
    effect(EFFECT)(issue_documents)


def issue_documents(*, act_id: int, documents: Sequence[str], person: int, **_: Any) -> None:
    """Makes the documents of an act; those already made are left as they are.

    Args:
        documents: ids of the certificates, in the order in which they are made.
        person: the applicant, or somebody on whom the decision is served.
    """
    act = Act.objects.get(pk=act_id)
    for certificate in documents:
        issue_of_act(act, certificate, person)


def issue_of_act(act: Act, certificate_id: str, person: int, language: str = "zh") -> Document:
    """Gives the document of one certificate that an act makes for a person."""
    if (made := documents.find_of_act(act.pk, certificate_id, person)) is not None:
        return made
    catalogue = in_force()
    spec = catalogue.get("certificate", certificate_id, timezone.localdate(act.at)).spec
    membership = history.membership(person, act.effective_on, act.at)
    return documents.issue(
        certificate_id,
        person=person,
        household=membership.household if membership else None,
        ground=Ground(act.station, act.at, act.pk, act.case_number),
        data=_content_of(spec)(act, person, spec, catalogue.city, language),
        language=language,
    )


def issue_booklet(
    household: int, on: date, known_at: datetime, *, case_number: str = "", language: str = "zh"
) -> Document:
    """Gives the sealed booklet of a whole household as it was on a day, as known at a moment.

    Raises:
        AnjiaError: `household-unknown` (404), `booklet-empty` (409), `booklet-too-large` (422).
    """
    spec = in_force().get("certificate", BOOKLET, timezone.localdate()).spec
    view = history.household(household, on, known_at)
    if not view.members:
        raise AnjiaError(
            "booklet-empty", "这一天这一户没有成员", "The household had no member on that day",
            ("请换一个日期", "Ask for another day"), status=409,
        )  # fmt: skip
    return documents.issue(
        BOOKLET,
        person=view.head or view.members[0].subject,
        household=household,
        ground=Ground(view.station, known_at, None, case_number),
        data=booklet.of_household(household, on, known_at, spec, language),
        language=language,
    )


def _content_of(spec: CertificateSpec) -> Content:
    name = spec.options.get("content", "")
    if name not in CONTENTS:
        known = ", ".join(CONTENTS)
        raise AnjiaError(
            "certificate-content-unknown",
            f"证照 {spec.id} 的内容种类“{name}”不存在，可用：{known}",
            f"The certificate {spec.id} asks for content “{name}”; known are {known}",
            ("请改正证照定义的 options.content", "Correct options.content in the certificate's definition"),
            status=500,
        )
    return CONTENTS[name]
