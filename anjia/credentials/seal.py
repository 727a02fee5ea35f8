"""The round red seal, drawn from glyph outlines: one vector picture that needs no font.

It is the look of the signature and nothing more: what counts is the signature behind it. A demo
authority's seal says so in the picture itself.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import Any

from fontTools.misc.transform import Transform
from fontTools.pens.basePen import BasePen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from anjia.credentials import fonts

RED = (0xB7, 0x1C, 0x1C)
SIZE = 120.0
"""Side of the picture in points; the pictures are scaled to where they stand."""

RADIUS = 57.0
RING = 2.6
NAME_RADIUS = 43.0
NAME_SIZE = 14.0
NAME_SPREAD = math.radians(238)
STAR_RADIUS = 16.5
BOLD = 0.32
PURPOSE_Y, PURPOSE_SIZE = -29.0, 8.8
MARK_Y, MARK_SIZE = -42.0, 5.6

Matrix = tuple[float, float, float, float, float, float]


@dataclass(slots=True)
class _Ink(BasePen):
    """Collects outlines as PDF path operators (y upwards)."""

    glyphs: Any
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        BasePen.__init__(self, self.glyphs)

    def _moveTo(self, point: tuple[float, float]) -> None:
        self.lines.append(f"{_figures(point)} m")

    def _lineTo(self, point: tuple[float, float]) -> None:
        self.lines.append(f"{_figures(point)} l")

    def _curveToOne(
        self, one: tuple[float, float], two: tuple[float, float], to: tuple[float, float]
    ) -> None:
        self.lines.append(f"{_figures(one)} {_figures(two)} {_figures(to)} c")

    def _closePath(self) -> None:
        self.lines.append("h")


@functools.lru_cache(maxsize=256)
def draw(unit: str, purpose: str, mark: str = "") -> bytes:
    """Gives the seal of an office as PDF drawing operators on a square of `SIZE` points.

    Args:
        unit: name of the issuing office, set along the ring.
        purpose: what the seal is for, set under the star (户口专用章).
        mark: small line at the foot; a demo city says here that it is one.

    Raises:
        AnjiaError: `glyph-missing` when a character of the texts has no outline.
    """
    fonts.require(unit, purpose, mark)
    paths = [_arc(unit), _star(), _line(purpose, PURPOSE_Y, PURPOSE_SIZE), _line(mark, MARK_Y, MARK_SIZE)]
    red = " ".join(f"{part / 255:.4f}" for part in RED)
    ring = f"{RING} w {_circle(RADIUS - RING / 2)} S"
    half = SIZE / 2
    body = "\n".join(part for part in paths if part)
    return f"q 1 0 0 1 {half} {half} cm {red} rg {red} RG\n{ring}\n{BOLD} w\n{body}\nB\nQ".encode()


def _arc(text: str) -> str:
    count = max(len(text), 1)
    step = min(NAME_SPREAD / max(count - 1, 1), math.radians(31))
    narrow = min(1.0, step * NAME_RADIUS / (NAME_SIZE * 0.96))
    start = step * (count - 1) / 2
    parts = []
    for position, character in enumerate(text):
        angle = start - position * step
        turned = Transform().rotate(angle).translate(0, NAME_RADIUS)
        parts.append(_glyph(character, NAME_SIZE, turned, narrow=narrow * 0.92, tall=1.12))
    return "\n".join(parts)


def _line(text: str, y: float, size: float) -> str:
    widths = [_advance(character) * size * 1.04 for character in text]
    x = -sum(widths) / 2
    parts = []
    for character, width in zip(text, widths, strict=True):
        parts.append(_glyph(character, size, Transform().translate(x + width / 2, y)))
        x += width
    return "\n".join(parts)


def _glyph(character: str, size: float, place: Transform, *, narrow: float = 1.0, tall: float = 1.0) -> str:
    """Draws one character centred on the origin of `place`."""
    font, units = _font(character)
    glyphs = font.getGlyphSet()
    name = font.getBestCmap().get(ord(character), ".notdef")
    scale = size / units
    middle = 0.38 * units
    matrix = place.scale(scale * narrow, scale * tall).translate(-glyphs[name].width / 2, -middle)
    ink = _Ink(glyphs)
    glyphs[name].draw(TransformPen(ink, tuple(matrix)))
    return "\n".join(ink.lines)


def _advance(character: str) -> float:
    font, units = _font(character)
    glyphs = font.getGlyphSet()
    return float(glyphs[font.getBestCmap().get(ord(character), ".notdef")].width) / units


def _font(character: str) -> tuple[TTFont, int]:
    for family in fonts.chain():
        font = _opened(family)
        if ord(character) in font.getBestCmap():
            return font, font["head"].unitsPerEm
    return _opened(fonts.chain()[0]), _opened(fonts.chain()[0])["head"].unitsPerEm


@functools.cache
def _opened(family: str) -> TTFont:
    return fonts.open_face(next(face for face in fonts.faces() if face.family == family))


def _star() -> str:
    inner = STAR_RADIUS * math.sin(math.radians(18)) / math.sin(math.radians(126))
    corners = []
    for index in range(10):
        radius = STAR_RADIUS if index % 2 == 0 else inner
        angle = math.radians(90 + 36 * index)
        corners.append(_figures((radius * math.cos(angle), radius * math.sin(angle) + 1.5)))
    return f"{corners[0]} m " + " ".join(f"{corner} l" for corner in corners[1:]) + " h"


def _circle(radius: float) -> str:
    k = 0.5522847498 * radius
    r = radius
    curves = (
        ((r, k), (k, r), (0.0, r)), ((-k, r), (-r, k), (-r, 0.0)),
        ((-r, -k), (-k, -r), (0.0, -r)), ((k, -r), (r, -k), (r, 0.0)),
    )  # fmt: skip
    drawn = " ".join(f"{_figures(one)} {_figures(two)} {_figures(to)} c" for one, two, to in curves)
    return f"{_figures((r, 0.0))} m {drawn} h"


def _figures(point: tuple[float, float]) -> str:
    return f"{point[0]:.2f} {point[1]:.2f}"
