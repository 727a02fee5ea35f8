"""The demo authority: one issuing certificate, a seal for each office, a time stamper, one CRL.

It stands where a city's licensed certificate authority will stand, and its certificates say so.
All keys are EC P-256 files in the state folder, readable by the service's user only. Whoever
replaces it gives `seal_of`, `stamper` and `crl` from a hardware module or a remote signer.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 20 * 365
SEAL_DAYS = 5 * 365
RENEW_DAYS = 90
CRL_DAYS = 7
CRL_FRESH = timedelta(hours=24)
DEMO = "演示用 合成数据 DEMO ONLY"

ENDED_LATER = frozenset({"superseded", "cessation_of_operation", "affiliation_changed"})
"""Reasons after which what was sealed before stays good."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority whose files lie in `folder`; `name` stands in the certificates that it makes."""

    folder: Path
    name: str
    demo: bool = True

    def certificate(self) -> x509.Certificate:
        """Gives the issuing certificate, the only one that a checker must trust."""
        return self._own().certificate

    def certificate_pem(self) -> bytes:
        """Gives the issuing certificate as PEM, for download and for outside judges."""
        return self.certificate().public_bytes(serialization.Encoding.PEM)

    def seal_of(self, office: str, name: str) -> Credential:
        """Gives the seal of an office, made on first use and renewed before it ends.

        Args:
            office: code of the office.
            name: its full Chinese name, which the certificate carries.
        """
        found = _cached(self, "seals", office, name)
        if self._is_ending(found.certificate):
            self._retire(self._stem("seals", office, name), found.certificate)
            _cached.cache_clear()
            found = _cached(self, "seals", office, name)
        return found

    def stamper(self) -> Credential:
        """Gives the certificate and key of the time stamper."""
        return _cached(self, "", "stamper", f"{self.name}时间戳")

    def crl(self) -> bytes:
        """Gives the list of revoked certificates as DER, renewed each day."""
        path = self.folder / "authority.crl"
        own = self._own()
        with _locked(self.folder):
            if not path.exists() or _age(path) > CRL_FRESH:
                _write(path, self._sign_crl(own))
            return path.read_bytes()

    def revoke(self, certificate: x509.Certificate, reason: str = "key_compromise") -> None:
        """Revokes a seal from now on and renews the CRL.

        Args:
            reason: name of an `x509.ReasonFlags` member.
        """
        own = self._own()
        with _locked(self.folder):
            rows = self._revoked()
            row = {
                "serial": str(certificate.serial_number),
                "at": datetime.now(UTC).isoformat(),
                "reason": reason,
            }
            if all(known["serial"] != row["serial"] for known in rows):
                _write(self.folder / "revoked.json", json.dumps([*rows, row]).encode())
            _write(self.folder / "authority.crl", self._sign_crl(own))

    def _own(self) -> Credential:
        return _cached(self, "", "authority", self.name)

    def _stem(self, kind: str, ident: str, name: str) -> Path:
        mark = hashlib.sha256(name.encode()).hexdigest()[:8] if kind else ""
        return self.folder / kind / "-".join(part for part in (ident, mark) if part)

    def _revoked(self) -> list[dict[str, str]]:
        path = self.folder / "revoked.json"
        return json.loads(path.read_bytes()) if path.exists() else []

    def _is_revoked(self, certificate: x509.Certificate) -> bool:
        return any(row["serial"] == str(certificate.serial_number) for row in self._revoked())

    def _is_ending(self, certificate: x509.Certificate) -> bool:
        left = certificate.not_valid_after_utc - datetime.now(UTC)
        return left < timedelta(days=RENEW_DAYS) or self._is_revoked(certificate)

    def _retire(self, stem: Path, certificate: x509.Certificate) -> None:
        """Puts the files of an ended seal aside, unless another process has done so already."""
        with _locked(self.folder):
            kept = stem.with_suffix(".crt")
            if kept.exists() and x509.load_pem_x509_certificate(kept.read_bytes()) == certificate:
                for suffix in (".key", ".crt"):
                    stem.with_suffix(suffix).replace(stem.with_name(f"{stem.name}.until-{_stamp()}{suffix}"))

    def _sign_crl(self, own: Credential) -> bytes:
        now = datetime.now(UTC).replace(microsecond=0)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(own.certificate.subject)
            .last_update(now)
            .next_update(now + timedelta(days=CRL_DAYS))
            .add_extension(x509.CRLNumber(int(now.timestamp() * 10)), critical=False)
            .add_extension(_issuer_key(own), critical=False)
        )
        for row in self._revoked():
            entry = (
                x509.RevokedCertificateBuilder()
                .serial_number(int(row["serial"]))
                .revocation_date(datetime.fromisoformat(row["at"]))
                .add_extension(x509.CRLReason(x509.ReasonFlags[row["reason"]]), critical=False)
            )
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(own.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _make(self, kind: str, ident: str, name: str) -> Credential:
        key = ec.generate_private_key(ec.SECP256R1())
        is_own = (kind, ident) == ("", "authority")
        own = None if is_own else self._own()
        subject = self._subject(name)
        now = datetime.now(UTC).replace(microsecond=0)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(own.certificate.subject if own else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=AUTHORITY_DAYS if kind == "" else SEAL_DAYS))
            .add_extension(x509.BasicConstraints(ca=is_own, path_length=0 if is_own else None), critical=True)
            .add_extension(_usage(is_own, kind), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if own:
            builder = builder.add_extension(_issuer_key(own), critical=False)
        if not is_own and not kind:
            stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(stamping, critical=True)
        return Credential(builder.sign(own.key if own else key, hashes.SHA256()), key)

    def _subject(self, name: str) -> x509.Name:
        parts = [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
        ]
        if self.demo:
            parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, DEMO))
        return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])


@functools.lru_cache(maxsize=1024)
def _cached(authority: Authority, kind: str, ident: str, name: str) -> Credential:
    if ident != "authority":
        _cached(authority, "", "authority", authority.name)
    stem = authority._stem(kind, ident, name)
    with _locked(authority.folder):
        stem.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not stem.with_suffix(".crt").exists():
            made = authority._make(kind, ident, name)
            _write(stem.with_suffix(".key"), _pem(made.key))
            _write(stem.with_suffix(".crt"), made.certificate.public_bytes(serialization.Encoding.PEM))
        key = serialization.load_pem_private_key(stem.with_suffix(".key").read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(stem.with_suffix(".crt").read_bytes())
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{stem} holds no EC key")
    return Credential(certificate, key)


def _usage(is_own: bool, kind: str) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_own,
        content_commitment=bool(kind),
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_own,
        crl_sign=is_own,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_key(own: Credential) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(own.key.public_key())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes) -> None:
    """Puts a whole file in place at once, so that a reader never sees half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)


def _age(path: Path) -> timedelta:
    return timedelta(seconds=datetime.now(UTC).timestamp() - path.stat().st_mtime)


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keeps other processes out while a file of the authority is made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
