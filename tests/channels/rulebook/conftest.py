"""The real city's definitions, published by two persons, with a later version of one rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from anjia.kernel.definitions import Catalogue, load, publishing
from anjia.kernel.definitions.catalogue import Definition, digest_of
from anjia.kernel.definitions.loading import decode

CITY = Path(__file__).resolve().parents[3] / "cities" / "zibo"
LATER = date(2025, 1, 1)


@pytest.fixture
def published(db: None) -> Catalogue:
    """The catalogue with S-20 in two texts: the second one asks for a year's lease in other words."""
    loaded = load(CITY).catalogue
    old = loaded.get("rule", "S-20")
    publishing.publish(Catalogue([*loaded.all(), _changed(old)]), drafted_by="author", published_by="publisher")
    return publishing.in_force()


def _changed(old: Definition) -> Definition:
    content: dict[str, Any] = {**old.content, "valid_from": LATER}
    first, *others = content["clause"]
    content["clause"] = [
        {**first, "text": {"zh": "租赁合同须已备案（新文本）", "en": "The lease must be filed (new)"}},
        *others,
    ]
    return replace(
        old, content=content, spec=decode("rule", content), digest=digest_of(content), valid_from=LATER,
        path=old.path,
    )  # fmt: skip
