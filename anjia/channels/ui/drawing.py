"""Small drawings made on the server: QR codes as SVG with presentation attributes only."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr(text: str) -> Markup:
    """Gives the QR code of a text as inline SVG, dark on white whatever the theme."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(
        scale=1, border=3, dark="#0b2658", light="#fff", omitsize=True, svgclass="aj-qr-code", lineclass=None
    )
    # The picture is named by the caption beside it.
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704 - drawn by our own library from numbers alone
