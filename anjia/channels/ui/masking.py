"""Masked names and numbers: enough to recognise oneself, not enough to copy."""

from __future__ import annotations

STAR = "＊"
DOTS = "••••"


def name(full: str | None) -> str:
    """Gives a name with its middle hidden: 王芳 → 王＊, 王小芳 → 王＊芳, 欧阳小芳 → 欧＊＊芳."""
    characters = list(full or "")
    if len(characters) < 2:
        return "".join(characters)
    if len(characters) == 2:
        return characters[0] + STAR
    return characters[0] + STAR * (len(characters) - 2) + characters[-1]


def number(full: str | None) -> str:
    """Gives a citizen number or phone with its middle hidden, in groups: `1201 •••• •••• 0028`."""
    digits = full or ""
    if len(digits) < 8:
        return digits
    if len(digits) <= 11:
        return f"{digits[:3]} {DOTS} {digits[-4:]}"
    return f"{digits[:4]} {DOTS} {DOTS} {digits[-4:]}"
