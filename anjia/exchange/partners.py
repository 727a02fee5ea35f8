"""The other cities: who they are is declared, how they are reached and known is the installation's."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from anjia.exchange import signing
from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.specs.partner import PartnerSpec

CITY = "Anjia-City"
MAX_AGE_SECONDS = 300
"""A signature older, or further ahead, is refused; a letter repeated inside this time does nothing twice."""


@dataclass(frozen=True, slots=True)
class Partner:
    """Another city with its address and the key that both sides share."""

    spec: PartnerSpec
    url: str
    token: str = field(repr=False)
    secret: str = field(repr=False)


def listed() -> list[PartnerSpec]:
    """Gives the other cities in force, by id."""
    return sorted((one.spec for one in publishing.in_force().list("partner")), key=lambda spec: spec.id)


def find_spec(ident: str) -> PartnerSpec | None:
    """Gives the declaration of another city, None when there is none."""
    found = publishing.in_force().find("partner", ident)
    return found.spec if found else None


def get(ident: str) -> Partner:
    """Gives another city with what is needed to write to it.

    Raises:
        AnjiaError: `partner-unknown` (404) when it is not declared, or has no address and key here.
    """
    spec, entry = find_spec(ident), _entries().get(ident)
    if spec is None or entry is None:
        raise AnjiaError(
            "partner-unknown",
            f"没有与“{ident}”联通迁移信息",
            f"Moves are not exchanged with “{ident}”",
            ("请按准迁证、迁移证办理", "Use the papers of the classic way"),
            status=404,
            partner=ident,
        )
    return Partner(spec, entry["url"], entry["token"], entry["secret"])


def is_connected(ident: str) -> bool:
    """Says whether letters to another city can be sent."""
    return find_spec(ident) is not None and ident in _entries()


def own_id() -> str:
    """Gives the id under which the other cities know this one."""
    ident: str = publishing.in_force().city.id
    return ident


def authenticate(headers: Mapping[str, str], path: str, body: bytes) -> Partner:
    """Gives the other city that signed a request.

    Args:
        headers: by name, in any case.
        path: path of the address that was called.

    Raises:
        AnjiaError: `partner-not-authentic` (401); it never says which part was wrong.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        partner = get(given.get(CITY.lower(), ""))
    except AnjiaError:
        raise _not_authentic() from None
    stamp = given.get("anjia-timestamp", "")
    wanted = signing.signature(partner.secret, stamp, path, body)
    is_known = hmac.compare_digest(given.get("authorization", "").encode(), f"Bearer {partner.token}".encode())
    is_signed = hmac.compare_digest(given.get("anjia-signature", "").encode(), wanted.encode())
    now = datetime.now(UTC).timestamp()
    is_fresh = stamp.isascii() and stamp.isdigit() and len(stamp) < 13 and abs(now - int(stamp)) <= MAX_AGE_SECONDS
    if not (is_known and is_signed and is_fresh):
        raise _not_authentic()
    return partner


def _entries() -> Mapping[str, Mapping[str, str]]:
    path = Path(settings.ANJIA_PARTNERS_CREDENTIALS)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise AnjiaError(
            "partners-credentials",
            f"其他城市的地址和密钥文件无法读取：{path}",
            f"The file with addresses and keys of the other cities cannot be read: {path}",
            ("请核对 ANJIA_PARTNERS_CREDENTIALS", "Check ANJIA_PARTNERS_CREDENTIALS"),
            status=500,
        ) from error
    return content if isinstance(content, dict) else {}


def _not_authentic() -> AnjiaError:
    return AnjiaError(
        "partner-not-authentic",
        "没有通过城市间交换的身份核验",
        "The request is not signed by a city with which moves are exchanged",
        ("请核对城市标识、令牌、时间和签名", "Check city, token, clock and signature"),
        status=401,
    )
