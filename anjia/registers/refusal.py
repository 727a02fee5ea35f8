"""A refusal that an operation declares once, with its sentences beside those of the others."""

from __future__ import annotations

from dataclasses import dataclass

from anjia.kernel.errors import AnjiaError


@dataclass(frozen=True, slots=True)
class Refusal:
    """The code, sentences and remedy of a refusal; calling it gives the error to raise."""

    code: str
    zh: str
    en: str
    remedy: tuple[str, str]
    status: int = 422

    def __call__(self, **facts: object) -> AnjiaError:
        """Gives the error, with the facts on which it rests."""
        return AnjiaError(self.code, self.zh, self.en, self.remedy, status=self.status, **facts)
