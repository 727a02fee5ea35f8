"""No name is ever printed as an empty box."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anjia.credentials import fonts
from anjia.kernel.errors import AnjiaError
from tests.credentials.conftest import booklet, notice

RARE = "王䶮𫖯㛃堃喆晢镕𬸚𫍯㮾䅟𬱖𬭎𫟹𫓹𬱟㼆㐱㙦犇骉贠芈亓亖乂禤妘翀"


def test_packaged_fonts_cover_rare_names_without_any_system_font(monkeypatch: pytest.MonkeyPatch) -> None:
    covered = frozenset().union(*(fonts._cmap(face) for face in fonts.PACKAGED))
    assert [character for character in RARE if ord(character) not in covered] == []
    assert len(covered) > 44_000


def test_all_packaged_fonts_are_installed_and_lead_the_chain() -> None:
    assert set(fonts.PACKAGED) <= set(fonts.faces())
    assert fonts.chain("serif")[0] == "Noto Serif SC"
    assert fonts.chain("sans")[0] == "Noto Sans SC"
    assert set(fonts.chain("serif")) <= set(fonts.book().families())


def test_missing_names_each_lost_character_once_in_order() -> None:
    lost = "\U0003fffd"
    assert fonts.missing(f"王{lost}小{lost}明") == [lost]
    assert fonts.missing("王小明 O'Neil·阿卜杜拉\n") == []


@pytest.mark.parametrize("character", ["\ue000", "\U000f0001", "\ufffd", "\U0003fffd"])
def test_private_and_replacement_characters_count_as_missing(character: str) -> None:
    assert fonts.missing(f"王{character}") == [character]


def test_variation_selectors_and_blanks_need_no_glyph() -> None:
    assert fonts.missing("葛\U000e0100 \u3000\u200b") == []


def test_refusal_tells_the_clerk_the_code_point() -> None:
    with pytest.raises(AnjiaError) as caught:
        fonts.require("王小明", "李\U0003fffd")
    assert caught.value.code == "glyph-missing"
    assert "U+3FFFD" in caught.value.message.zh
    assert caught.value.remedy.zh
    assert caught.value.remedy.en


def test_a_document_with_an_unknown_character_is_refused(draw: Callable[..., bytes]) -> None:
    with pytest.raises(AnjiaError, match="glyph-missing"):
        draw("decision-notice", {"notice": notice("王\U0003fffd")})
    with pytest.raises(AnjiaError, match="glyph-missing"):
        draw("booklet-page", {"booklet": booklet("王\ue000")})
