"""Words in two languages and the legal ground of a statement."""

from __future__ import annotations

import msgspec


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in the two languages of the interface."""

    zh: str
    en: str


class Basis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a statement comes from: law and article, with the tag that says how sure we are.

    `tag` is one of law (text re-read), law* (named from knowledge), public, seed, assumed.
    """

    law: str
    article: str = ""
    tag: str = "assumed"
    note: str = ""
