"""What every document carries beside its own content: number, code, office, words, place of the seal."""

from __future__ import annotations

import calendar
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import segno

from anjia.credentials import codes, fonts
from anjia.credentials.offices import Issuer
from anjia.credentials.sealing import Place
from anjia.kernel.specs import CertificateSpec, CitySpec, Words

MARGIN_MM = 24
VERIFY = "/verify/"
SEAL = {"purpose": "户口专用章", "right_mm": 40, "bottom_mm": 22, "diameter_mm": 42}

WORDS = {
    "synthetic": Words(zh="合成数据  SYNTHETIC DATA", en="SYNTHETIC DATA  合成数据"),
    "watermark": Words(zh="合成数据 仅供演示", en="SYNTHETIC DATA"),
    "number": Words(zh="编号", en="No."),
    "code": Words(zh="核验码", en="Check code"),
    "how_to_check": Words(
        zh="扫描二维码，或在下面的网址输入编号和核验码、上传本文件，可核验真伪。",
        en="Scan the code, or enter number and check code or upload this file at the address below.",
    ),
    "qr_alt": Words(zh="核验二维码", en="QR code for verification"),
}


@dataclass(frozen=True, slots=True)
class Face:
    """What identifies one document.

    Attributes:
        issued_at: moment of issue in the city's time zone.
        public_url: address of the city's service, without a slash at its end.
    """

    number: str
    code: str
    issuer: Issuer
    issued_at: datetime
    language: str
    public_url: str


def data(face: Face, spec: CertificateSpec, city: CitySpec, own: Mapping[str, Any]) -> dict[str, Any]:
    """Gives all that a layout is filled with, as plain values.

    Args:
        own: the document's own part, under a key that its layout knows.
    """
    language = face.language
    utc = face.issued_at.astimezone(UTC)
    place = place_of(spec)
    return {
        "title": say(spec.title, language),
        "number": face.number,
        "code": codes.shown(face.code),
        "issuer": say(face.issuer.name, language),
        "issued_on": day(face.issued_at.date(), language),
        "address": face.public_url + VERIFY,
        "qr": qr(face),
        "synthetic": city.synthetic,
        "words": {key: say(words, language) for key, words in WORDS.items()},
        "texts": {key: say(words, language) for key, words in spec.texts.items()},
        "lang": language,
        "region": "CN",
        "keywords": [spec.id, *(["synthetic"] if city.synthetic else [])],
        "margin": MARGIN_MM,
        "seal": {"right": place.right_mm, "bottom": place.bottom_mm, "diameter": place.diameter_mm},
        "fonts": {"serif": list(fonts.chain()), "sans": list(fonts.chain("sans"))},
        "date": {
            "year": utc.year, "month": utc.month, "day": utc.day,
            "hour": utc.hour, "minute": utc.minute, "second": utc.second,
        },
        **own,
    }  # fmt: skip


def qr(face: Face) -> str:
    """Gives the QR code of the verification address with number and code, as SVG text."""
    query = urlencode({"number": face.number, "code": face.code})
    picture = io.BytesIO()
    segno.make(f"{face.public_url}{VERIFY}?{query}", error="m", micro=False).save(
        picture, kind="svg", border=0, dark="#111111", xmldecl=False
    )
    return picture.getvalue().decode()


def say(words: Words | Mapping[str, str], language: str) -> str:
    """Gives words in one language, from a struct or from JSON."""
    if isinstance(words, Words):
        return words.en if language == "en" else words.zh
    return words["en" if language == "en" else "zh"]


def day(on: date, language: str) -> str:
    """Gives a date as an official paper writes it: 2026年11月5日; in English 5 November 2026."""
    if language == "en":
        return f"{on.day} {calendar.month_name[on.month]} {on.year}"
    return f"{on.year}年{on.month}月{on.day}日"


def born(on: date, known: str, language: str) -> str:
    """Gives a date of birth as far as it is known: 1960年5月, 1960年, 不详; May 1960, 1960, unknown."""
    if known == "nothing":
        return "unknown" if language == "en" else "不详"
    if known == "year":
        return f"{on.year}" if language == "en" else f"{on.year}年"
    if known == "month":
        return f"{calendar.month_name[on.month]} {on.year}" if language == "en" else f"{on.year}年{on.month}月"
    return day(on, language)


def place_of(spec: CertificateSpec) -> Place:
    """Gives where the seal stands, from the definition's option `seal`."""
    seal = {**SEAL, **spec.options.get("seal", {})}
    return Place(float(seal["right_mm"]), float(seal["bottom_mm"]), float(seal["diameter_mm"]))


def purpose_of(spec: CertificateSpec) -> str:
    """Gives what the seal is for, as it stands under the star."""
    return str(spec.options.get("seal", {}).get("purpose", SEAL["purpose"]))


def valid_until(spec: CertificateSpec, issued_on: date) -> date | None:
    """Gives the first day on which the document no longer counts, None when it has no term."""
    if spec.validity_months is None:
        return None
    months = issued_on.month - 1 + spec.validity_months
    year, month = issued_on.year + months // 12, months % 12 + 1
    return date(year, month, min(issued_on.day, calendar.monthrange(year, month)[1]))
