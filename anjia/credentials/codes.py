"""The code beside a document's number: proof that whoever asks holds the document."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No character that is taken for another: no 0, O, 1, I, L."""

LENGTH = 12
GROUP = 4


def new() -> str:
    """Gives a fresh code of about 59 bits, ungrouped."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """Gives a code as it is printed: `7KQM-2XPA-9RTW`."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normalise(typed: str) -> str:
    """Gives a typed code without blanks and hyphens, in capitals."""
    return "".join(character for character in typed.upper() if character.isalnum())[: LENGTH * 2]
