"""Legal grounds as people read them: the tag that says how sure an article is, in words."""

from __future__ import annotations

import re

from anjia.channels.ui import texts

TAG = re.compile(r"\s*\[(law\*?|public|seed|assumed)\]")
TAGS = {name: f"basis.{name.replace('*', '_star')}" for name in ("law", "law*", "public", "seed", "assumed")}


def words(text: str) -> str:
    """Gives the ground with its tag in words: `…规定 7 [law]` says how sure the article is."""
    return TAG.sub(lambda found: f"（{texts.text('ui', TAGS[found[1]])}）", text)
