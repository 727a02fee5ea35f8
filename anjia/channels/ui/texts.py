"""The sentences of the channels: one `texts.toml` a channel, Chinese and English side by side.

An entry is `key = {zh = "…", en = "…"}`, optionally with `en_one` and `zh_one` for
`n == 1`. Keys in tables are
joined by dots. `{name}` in a sentence is filled by a value of that name.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

CHANNELS = Path(__file__).resolve().parent.parent
SHARED = "ui"


class UnknownTextError(LookupError):
    """A template or view asked for a sentence that no file holds."""


def text(channel: str, key: str, **values: Any) -> str:
    """Gives one sentence in the language of the request.

    Args:
        channel: folder of the channel; the shared sentences of `ui` are looked up after its own.
        key: dotted key, `home.title`.
        **values: what fills the braces; `n = 1` takes the singular where there is one.

    Raises:
        UnknownTextError: when neither file has the key.
        KeyError: when the sentence names a value that was not given.
    """
    entry = find(channel, key)
    if entry is None:
        raise UnknownTextError(f"no text {key} for channel {channel}")
    language = "en" if is_english() else "zh"
    singular = entry.get(f"{language}_one") if values.get("n") == 1 else None
    return (singular or entry[language]).format(**values)


def find(channel: str, key: str) -> Mapping[str, str] | None:
    """Gives the entry of a key, or None."""
    return entries(channel).get(key) or entries(SHARED).get(key)


def is_english() -> bool:
    """Says whether the page is to be in English; Chinese is the source language."""
    return (get_language() or "zh-hans").startswith("en")


def words(value: Any) -> str:
    """Gives the sentence of `Words` or `Text` in the language of the request, "" for None."""
    if value is None:
        return ""
    return str(value.en if is_english() else value.zh)


@functools.cache
def entries(channel: str) -> dict[str, dict[str, str]]:
    """Reads the sentences of one channel: dotted key → {zh, en}."""
    path = CHANNELS / channel / "texts.toml"
    if not path.exists():
        return {}
    return dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")), ""))


def _flat(table: Mapping[str, Any], before: str) -> Iterator[tuple[str, dict[str, str]]]:
    for key, value in table.items():
        name = f"{before}{key}"
        if "zh" in value and isinstance(value["zh"], str):
            yield name, value
        else:
            yield from _flat(value, f"{name}.")
