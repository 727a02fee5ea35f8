"""Errors that say what is wrong, why, and what to do next, in Chinese and English."""

from __future__ import annotations

from typing import Any, NamedTuple


class Text(NamedTuple):
    """One sentence in the two languages of the interface."""

    zh: str
    en: str


class AnjiaError(Exception):
    """A refusal with a stable code and a remedy; nothing that was typed is lost.

    Args:
        code: kebab-case `noun-problem`, stable across releases.
        zh: the sentence in Chinese.
        en: the sentence in English.
        remedy: what the reader can do next, as `Text` or `(zh, en)`.
        status: HTTP status with which a channel answers (default 400).
        **facts: values that the message rests on, machine readable.
    """

    def __init__(
        self,
        code: str,
        zh: str,
        en: str,
        remedy: Text | tuple[str, str],
        *,
        status: int = 400,
        **facts: Any,
    ) -> None:
        super().__init__(f"{code}: {zh} / {en}")
        self.code = code
        self.message = Text(zh, en)
        self.remedy = Text(*remedy)
        self.status = status
        self.facts = facts

    def problem(self) -> dict[str, Any]:
        """Gives the error as an RFC 9457 problem object (keys are JSON-safe strings)."""
        return {
            "type": f"urn:anjia:error:{self.code}",
            "title": self.message.zh,
            "title_en": self.message.en,
            "status": self.status,
            "code": self.code,
            "remedy": self.remedy.zh,
            "remedy_en": self.remedy.en,
            "facts": {key: str(value) for key, value in self.facts.items()},
        }
