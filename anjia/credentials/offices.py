"""The offices that issue and the authority that holds their seals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from anjia.credentials.authority import Authority
from anjia.kernel.definitions import in_force
from anjia.kernel.specs import CertificateSpec, CitySpec, Words
from anjia.registers import divisions

MARK = "演示 SYNTHETIC"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuing office: its 12-digit code and its full name, the bureau's before it."""

    code: str
    name: Words


def authority_folder() -> Path:
    """Gives the folder with the authority's keys, certificates and CRL."""
    return Path(settings.ANJIA_KEYS) / "authority"


def authority(city: CitySpec | None = None) -> Authority:
    """Gives the authority of this installation; a synthetic city's says that it is a demo."""
    spec = city or in_force().city
    kind = "演示签章机构" if spec.synthetic else "签章机构"
    return Authority(authority_folder(), f"{spec.product.zh}{kind}", demo=spec.synthetic)


def issuer_of(certificate: CertificateSpec, station: str, city: CitySpec) -> Issuer:
    """Gives the office that issues a certificate for a person of a station.

    Args:
        station: 12-digit code of the station that keeps the register page.
    """
    path = divisions.path(station)
    if certificate.issuer == "station" and path:
        town = path[-1].name
        zh, en = city.station.zh.format(town=town), city.station.en.format(town=town)
        return Issuer(station, Words(zh=f"{city.bureau.zh}{zh}", en=f"{en}, {city.bureau.en}"))
    if certificate.issuer == "county" and path:
        county = path[0].name
        return Issuer(
            station[:6] + "000000",
            Words(zh=f"{city.bureau.zh}（{county}）", en=f"{city.bureau.en} ({county})"),
        )
    return Issuer(city.code + "000000", city.bureau)


def mark_of(city: CitySpec) -> str:
    """Gives the line at the foot of a seal: empty for a real city."""
    return MARK if city.synthetic else ""
