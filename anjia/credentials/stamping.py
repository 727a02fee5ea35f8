"""A time stamper after RFC 3161 with an EC key, in the form that pyHanko asks."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.timestamps import TimeStamper

from anjia.credentials.authority import Credential

POLICY = "1.3.6.1.4.1.4146.2.2"
DIGEST = "sha256"


class LocalStamper(TimeStamper):
    """Answers time-stamp requests with the authority's own stamper; no network is used."""

    def __init__(self, credential: Credential) -> None:
        super().__init__(include_nonce=True)
        self._key = credential.key
        self._certificate = asn1.Certificate.load(credential.der)

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Gives the signed token for a request; the time is this machine's, whole seconds."""
        return respond(req, self._certificate, self._key)


def respond(
    request: tsp.TimeStampReq, certificate: asn1.Certificate, key: ec.EllipticCurvePrivateKey
) -> tsp.TimeStampResp:
    """Gives the granted response to a time-stamp request.

    Source: RFC 3161; the signing certificate is named by ESSCertIDv2 (RFC 5816).
    """
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": request["message_imprint"],
            "serial_number": secrets.randbits(63),
            "gen_time": datetime.now(UTC).replace(microsecond=0),
            **({"nonce": request["nonce"]} if request["nonce"].native is not None else {}),
        }
    )
    content = cms.ContentInfo(
        {"content_type": "signed_data", "content": _sign(info.dump(), certificate, key)}
    )
    return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": content})


def _sign(content: bytes, certificate: asn1.Certificate, key: ec.EllipticCurvePrivateKey) -> cms.SignedData:
    algorithm = algos.DigestAlgorithm({"algorithm": DIGEST})
    attributes = cms.CMSAttributes(
        [
            _attribute("content_type", "tst_info"),
            _attribute("message_digest", hashlib.sha256(content).digest()),
            _attribute("signing_certificate_v2", _named(certificate)),
        ]
    )
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": {
                "issuer_and_serial_number": {
                    "issuer": certificate.issuer, "serial_number": certificate.serial_number,
                }
            },
            "digest_algorithm": algorithm,
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
    )  # fmt: skip
    return cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [algorithm],
            "encap_content_info": {
                "content_type": "tst_info", "content": core.ParsableOctetString(content),
            },
            "certificates": [certificate],
            "signer_infos": [signer],
        }
    )  # fmt: skip


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": [value]})


def _named(certificate: asn1.Certificate) -> tsp.SigningCertificateV2:
    ident = {
        "hash_algorithm": {"algorithm": DIGEST},
        "cert_hash": hashlib.sha256(certificate.dump()).digest(),
    }
    return tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2(ident)]})
