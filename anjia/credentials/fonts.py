"""The fonts of the documents and what they can print.

A glyph that no font has would print as an empty box, and a name with a box in it is a wrong name.
So every text is held against the union of the fonts' character maps before anything is decided or
printed. The fonts come from Python packages (SIL Open Font License); wider Debian fonts are used as
well where they are installed.
"""

from __future__ import annotations

import functools
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import noto_cjk_sans_otc
import pylopdf_fonts_zh_cn
import typst
from fontTools.ttLib import TTCollection, TTFont

from anjia.kernel.errors import AnjiaError

REPLACEMENT = "\ufffd"
UNPRINTED = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
MEANINGLESS = frozenset({"Co", "Cs"})
VARIATION_SELECTORS = frozenset({*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)})

_building = threading.Lock()


@dataclass(frozen=True, slots=True)
class Face:
    """One font file and the family name under which a layout asks for it."""

    family: str
    path: Path
    number: int = 0


PACKAGED = (
    Face("Noto Serif SC", Path(pylopdf_fonts_zh_cn.serif_path())),
    Face("Noto Sans SC", Path(pylopdf_fonts_zh_cn.sans_path())),
    Face("Noto Sans CJK SC", Path(noto_cjk_sans_otc.__file__).parent / "NotoSansCJK-Regular.ttc", 2),
)
DEBIAN = (
    Face("Noto Serif CJK SC", Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"), 2),
    Face("BabelStone Han", Path("/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf")),
    Face("HanaMinA", Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf")),
    Face("HanaMinB", Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf")),
)
SERIF_ORDER = (
    "Noto Serif SC", "Noto Serif CJK SC", "BabelStone Han", "HanaMinA", "HanaMinB", "Noto Sans CJK SC",
    "Noto Sans SC",
)  # fmt: skip
SANS_ORDER = (
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Noto Serif CJK SC",
    "BabelStone Han",
    "HanaMinA",
    "HanaMinB",
)


@functools.cache
def faces() -> tuple[Face, ...]:
    """Gives the fonts that are installed here, the packaged ones always among them."""
    return tuple(face for face in (*PACKAGED, *DEBIAN) if face.path.is_file())


def chain(style: str = "serif") -> tuple[str, ...]:
    """Gives the family names for `serif` (text) or `sans` (headings), the first the best."""
    here = {face.family for face in faces()}
    order = SERIF_ORDER if style == "serif" else SANS_ORDER
    return tuple(family for family in order if family in here)


def book() -> typst.Fonts:
    """Gives the fonts as the layout engine needs them, read once in a process."""
    with _building:
        return _book()


@functools.cache
def _book() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in dict.fromkeys(face.path.parent for face in faces())],
    )


@functools.cache
def coverage() -> frozenset[int]:
    """Gives all code points that at least one font can draw."""
    return frozenset().union(*(_cmap(face) for face in faces()))


def missing(text: str) -> list[str]:
    """Gives the characters of `text` that no font covers, each once, in order of appearance.

    Private code points and the replacement character count as missing even where a font draws
    something for them: nobody can say what they mean.
    """
    covered = coverage()
    found = dict.fromkeys(text)
    return [character for character in found if not _is_printable(character, covered)]


def require(*texts: str) -> None:
    """Passes when every text can be printed.

    Raises:
        AnjiaError: `glyph-missing` (422) with the characters and their code points.
    """
    lost = list(dict.fromkeys(character for text in texts for character in missing(text)))
    if not lost:
        return
    points = "、".join(code_point(character) for character in lost)
    raise AnjiaError(
        "glyph-missing",
        f"证照字库里没有这些字：{points}，不能出具会印成空框的证照",
        f"No font covers {points}; a document with an empty box is not issued",
        (
            "请按字形核对姓名用字；无误的，由系统管理员安装含该字的字体（如 fonts-babelstone-han）再办",
            "Check the character by its shape; if it is right, have a font that covers it installed "
            "(for example fonts-babelstone-han) and try again",
        ),
        status=422,
        characters=points,
    )


def code_point(character: str) -> str:
    """Gives a character as people quote it: `U+2CB38 𬬸`; undefined ones without their picture."""
    shown = "" if unicodedata.category(character) in MEANINGLESS else f" {character}"
    return f"U+{ord(character):04X}{shown}"


def texts_of(value: object) -> Iterable[str]:
    """Gives every text inside nested plain data, the keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_of(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts_of(part)


def _is_printable(character: str, covered: frozenset[int]) -> bool:
    category = unicodedata.category(character)
    if character == REPLACEMENT or category in MEANINGLESS:
        return False
    return category in UNPRINTED or ord(character) in VARIATION_SELECTORS or ord(character) in covered


def _cmap(face: Face) -> frozenset[int]:
    with open_face(face) as font:
        return frozenset(font.getBestCmap())


def open_face(face: Face) -> TTFont:
    """Opens a font file to read its outlines or its character map."""
    if face.path.suffix == ".ttc":
        return TTCollection(str(face.path), lazy=True).fonts[face.number]
    return TTFont(str(face.path), lazy=True)
