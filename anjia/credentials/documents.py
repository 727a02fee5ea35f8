"""Issued documents: made once, kept as bytes, found again, taken back."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from anjia.credentials import codes, layout, offices, sealing, sheet
from anjia.credentials.models import Document
from anjia.kernel import numbers
from anjia.kernel.acts import conflict
from anjia.kernel.definitions import Definition, in_force
from anjia.kernel.errors import AnjiaError
from anjia.kernel.vault import vault

TABLE = "credentials_document"
SUPERSEDED = "superseded"
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a document rests on.

    Attributes:
        station: 12-digit code of the station that keeps the page.
        known_at: moment of the register that the document shows.
        act_id: the act that it follows from, None for a proof that follows from none.
    """

    station: str
    known_at: datetime
    act_id: int | None = None
    case_number: str = ""


def issue(
    certificate_id: str,
    *,
    person: int,
    household: int | None,
    ground: Ground,
    data: Mapping[str, Any],
    language: str = "zh",
) -> Document:
    """Lays out, seals and keeps one document, or gives the one that the act has already.

    Number, bytes and row are one transaction: a worker that dies leaves all or nothing, and the
    next one starts again. Two workers on one act wait for each other.

    Args:
        data: the layout's own part (`notice`, `booklet`), plain values.
        language: `zh` or `en`; which of the definition's words are printed.

    Raises:
        AnjiaError: `glyph-missing`, `layout-invalid`, `definition-unknown`.
    """
    with transaction.atomic():
        if ground.act_id is not None:
            with connection.cursor() as cursor:
                cursor.execute(ONE_AT_A_TIME, [f"document:{ground.act_id}:{certificate_id}:{person}"])
            if (made := find_of_act(ground.act_id, certificate_id, person)) is not None:
                return made
        return _make(certificate_id, person, household, ground, data, language)


def find_of_act(act_id: int, certificate_id: str, person: int) -> Document | None:
    """Gives the document that an act has made of a certificate for a person, if any."""
    return Document.objects.filter(act_id=act_id, certificate=certificate_id, person=person).first()


def get(number: str) -> Document:
    """Gives a document by its number.

    Raises:
        AnjiaError: `document-unknown` (404).
    """
    found = Document.objects.filter(number=number.strip().upper()).first()
    if found is None:
        raise unknown()
    return found


def unknown() -> AnjiaError:
    """Gives the error for a number that names no document, or none that may be seen."""
    return AnjiaError(
        "document-unknown",
        "没有这个编号的证照",
        "There is no document with this number",
        ("请核对编号", "Check the number"),
        status=404,
    )


def of_case(number: str) -> list[Document]:
    """Gives the documents of a case, oldest first, without their bytes."""
    return list(Document.objects.defer("content").filter(case_number=number).order_by("id"))


def of_person(person: int, *, before_id: int | None = None, limit: int = 50) -> list[Document]:
    """Gives the documents of a person, newest first, without their bytes."""
    rows = Document.objects.defer("content").filter(person=person)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def content(document: Document) -> bytes:
    """Gives the very bytes that were issued.

    Raises:
        AnjiaError: `document-damaged` (500) when the kept bytes are not those.
    """
    pdf = vault().unlock(document.content, TABLE, document.uid)
    if hashlib.sha256(pdf).hexdigest() != document.digest:
        raise AnjiaError(
            "document-damaged",
            "保存的证照文件已损坏",
            "The kept file of this document is damaged",
            (
                "请报告系统管理员，从备份恢复后再下载",
                "Report it to the administrator; it must be restored from backup",
            ),
            status=500,
            number=document.number,
        )
    return pdf


def revoke(number: str, *, ground: str, replaced_by: str = "") -> Document:
    """Takes a document back, for good; the file itself is kept.

    Args:
        ground: why, in words that the holder and a verifier may read.

    Raises:
        AnjiaError: `document-unknown`, `act-conflict` (409) when it was taken back before.
    """
    document = get(number)
    open_rows = Document.objects.filter(pk=document.pk, revoked_at__isnull=True)
    if not open_rows.update(revoked_at=timezone.now(), revoked_ground=ground, replaced_by=replaced_by):
        raise conflict()
    return get(number)


def _make(
    certificate_id: str,
    person: int,
    household: int | None,
    ground: Ground,
    data: Mapping[str, Any],
    language: str,
) -> Document:
    catalogue, now = in_force(), timezone.localtime()
    # A paper of an act follows the definition of its day; one that follows from no act, today's.
    day = now.date() if ground.act_id is None else timezone.localdate(ground.known_at)
    definition: Definition = catalogue.get("certificate", certificate_id, day)
    spec, city = definition.spec, catalogue.city
    issuer = offices.issuer_of(spec, ground.station, city)
    number = numbers.document_number(city.case_prefix, ground.station[:6], now.date())
    code = codes.new()
    face = sheet.Face(number, code, issuer, now, language, settings.ANJIA_PUBLIC_URL)
    path = definition.path.parent / spec.layout
    pdf = sealing.seal_pdf(
        layout.render(path, sheet.data(face, spec, city, data), now),
        offices.authority(city),
        sealing.Office(issuer.code, issuer.name.zh, sheet.purpose_of(spec), offices.mark_of(city)),
        sheet.place_of(spec),
        reason=f"{spec.title.zh} {number}",
    )
    if spec.options.get("replaces_earlier"):
        _replace(certificate_id, person, number)
    uid = uuid.uuid4()
    return Document.objects.create(
        uid=uid,
        number=number,
        code=code,
        certificate=certificate_id,
        definition=definition.digest,
        layout=hashlib.sha256(path.read_bytes()).hexdigest(),
        title_zh=spec.title.zh,
        title_en=spec.title.en,
        issuer=issuer.code,
        issuer_zh=issuer.name.zh,
        issuer_en=issuer.name.en,
        person=person,
        household=household,
        act_id=ground.act_id,
        case_number=ground.case_number,
        division=ground.station,
        language=language,
        issued_at=now,
        known_at=ground.known_at,
        valid_until=sheet.valid_until(spec, now.date()),
        digest=hashlib.sha256(pdf).hexdigest(),
        size=len(pdf),
        content=vault().lock(pdf, TABLE, uid),
    )


def _replace(certificate_id: str, person: int, number: str) -> None:
    """Takes back the person's earlier documents of a kind of which only the newest counts."""
    earlier = Document.objects.filter(certificate=certificate_id, person=person, revoked_at__isnull=True)
    earlier.update(revoked_at=timezone.now(), revoked_ground=SUPERSEDED, replaced_by=number)
