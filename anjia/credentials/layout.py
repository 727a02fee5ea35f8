"""Layout: a certificate's layout and data become a tagged PDF/A, in about ten milliseconds.

The data reach the layout engine as one JSON text. Nothing of it is ever part of the program, so a
name with `#` in it prints as it is.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst

from anjia.credentials import fonts
from anjia.kernel.errors import AnjiaError

STANDARD: Literal["a-2u"] = "a-2u"
"""PDF/A-2u with tags; not -2a, because the seal's own field is not in the tag tree."""
PACKAGES = Path(__file__).parent / "packages"

_of_thread = threading.local()


def render(layout: Path, data: Mapping[str, Any], at: datetime) -> bytes:
    """Gives the PDF of a layout filled with data.

    Args:
        layout: a `.typ` file; it may import `@anjia/sheet`.
        data: plain values; every text in them must have its glyphs.
        at: moment of issue; the same layout, data and moment give the same bytes.

    Raises:
        AnjiaError: `glyph-missing` when a character has no glyph, `layout-invalid` when the layout
            cannot be set.
    """
    fonts.require(*fonts.texts_of(data))
    text = json.dumps(data, ensure_ascii=False)
    try:
        made = _compiler(layout).compile(
            format="pdf", sys_inputs={"data": text}, pdf_standards=[STANDARD], timestamp=int(at.timestamp())
        )
    except typst.TypstError as error:
        raise AnjiaError(
            "layout-invalid",
            f"证照版式 {layout.name} 无法排版：{error.message}",
            f"The layout {layout.name} cannot be set: {error.message}",
            (
                "请核对版式文件与证照定义中的文字",
                "Check the layout and the texts of the certificate's definition",
            ),
            status=500,
            where=error.diagnostic,
        ) from error
    if not isinstance(made, bytes):
        raise TypeError("the layout engine gave no single file")
    return made


def _compiler(layout: Path) -> typst.Compiler:
    """Gives this thread's compiler of a layout: a compiler shared by threads fails."""
    path = layout.resolve()
    key = (path, path.stat().st_mtime_ns if path.is_file() else 0)
    kept: dict[tuple[Path, int], typst.Compiler] = _of_thread.__dict__.setdefault("compilers", {})
    if key not in kept:
        kept[key] = typst.Compiler(
            str(path), root=str(path.parent), font_paths=fonts.book(), package_path=str(PACKAGES),
            ignore_system_fonts=True,
        )  # fmt: skip
    return kept[key]
