"""The shapes of the city's definition files: one frozen struct per kind of definition."""

from __future__ import annotations

from anjia.kernel.specs.certificate import CertificateSpec
from anjia.kernel.specs.city import CitySpec
from anjia.kernel.specs.fact import FactSpec
from anjia.kernel.specs.interface import InterfaceSpec
from anjia.kernel.specs.item import ItemSpec
from anjia.kernel.specs.law import LawSpec
from anjia.kernel.specs.partner import PartnerSpec
from anjia.kernel.specs.role import RoleSpec
from anjia.kernel.specs.rule import RuleSpec
from anjia.kernel.specs.text import Basis, Words
from anjia.kernel.specs.topic import ChapterSpec, LexiconSpec, TopicSpec

KINDS: dict[str, type] = {
    "certificate": CertificateSpec,
    "chapter": ChapterSpec,
    "city": CitySpec,
    "fact": FactSpec,
    "interface": InterfaceSpec,
    "item": ItemSpec,
    "law": LawSpec,
    "lexicon": LexiconSpec,
    "partner": PartnerSpec,
    "role": RoleSpec,
    "rule": RuleSpec,
    "topic": TopicSpec,
}
"""Kind of definition → its struct; a file names its kind in the key `kind`."""

__all__ = [
    "KINDS",
    "Basis",
    "CertificateSpec",
    "ChapterSpec",
    "CitySpec",
    "FactSpec",
    "InterfaceSpec",
    "ItemSpec",
    "LawSpec",
    "LexiconSpec",
    "PartnerSpec",
    "RoleSpec",
    "RuleSpec",
    "TopicSpec",
    "Words",
]
