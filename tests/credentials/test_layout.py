"""The layout engine prints data as data, with every font embedded and every name readable."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from anjia.credentials import layout
from anjia.kernel.errors import AnjiaError
from tests.credentials.conftest import AT, NUMBER, RARE_NAME, Judge, booklet, notice

pytestmark = pytest.mark.judge


def test_text_extraction_gives_the_rare_name(
    draw: Callable[..., bytes], judge: Judge, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(draw("booklet-page", {"booklet": booklet(RARE_NAME, "李喆")}))
    text = judge("pdftotext", "-layout", "a.pdf", "-")
    assert RARE_NAME in text
    assert "李喆" in text
    assert NUMBER in text
    assert "常住人口登记卡" in text


def test_every_font_is_embedded(draw: Callable[..., bytes], judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(draw("decision-notice", {"notice": notice()}))
    rows = [line.split() for line in judge("pdffonts", "a.pdf").splitlines()[2:]]
    assert rows
    assert all(row[-5] == "yes" and row[-3] == "yes" for row in rows), rows  # embedded, with a Unicode map


def test_file_is_tagged_pdf_a_in_chinese(draw: Callable[..., bytes], judge: Judge, tmp_path: Path) -> None:
    pdf = draw("decision-notice", {"notice": notice()})
    (tmp_path / "a.pdf").write_bytes(pdf)
    about = judge("pdfinfo", "a.pdf")
    assert "Tagged:          yes" in about
    assert f"办理结果告知单 {NUMBER}" in about
    meta = judge("pdfinfo", "-meta", "a.pdf")
    assert "<pdfaid:part>2</pdfaid:part>" in meta
    assert "<dc:language>" in meta
    assert "zh" in meta


def test_each_page_says_that_the_data_is_synthetic(
    draw: Callable[..., bytes], judge: Judge, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(draw("booklet-page", {"booklet": booklet("王小明", "李喆", "王小小")}))
    pages = [page for page in judge("pdftotext", "a.pdf", "-").split("\f") if page.strip()]
    assert len(pages) == 3
    assert all("SYNTHETIC" in page and "合成数据" in page for page in pages)


@pytest.mark.parametrize("certificate", ["decision-notice", "booklet-page"])
def test_layouts_print_in_english_too(
    certificate: str, draw: Callable[..., bytes], judge: Judge, tmp_path: Path
) -> None:
    own = {"notice": notice(), "booklet": booklet(RARE_NAME)}
    (tmp_path / "a.pdf").write_bytes(draw(certificate, own, "en"))
    assert "Check code" in judge("pdftotext", "a.pdf", "-")


def test_program_text_in_a_name_prints_as_it_is(
    draw: Callable[..., bytes], judge: Judge, tmp_path: Path
) -> None:
    name = '#panic("x") *王* $a$ \\ "'
    (tmp_path / "a.pdf").write_bytes(draw("booklet-page", {"booklet": booklet(name)}))
    assert '#panic("x") *王* $a$' in judge("pdftotext", "-raw", "a.pdf", "-").replace("\n", " ")


def test_same_data_and_moment_give_the_same_bytes_in_every_thread(draw: Callable[..., bytes]) -> None:
    names = [f"王{sign}" for sign in "一二三四五六七八"] * 2
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda name: draw("booklet-page", {"booklet": booklet(name)}), names))
    assert made[:8] == made[8:]
    assert len(set(made)) == 8


def test_a_broken_layout_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.typ"
    path.write_text("#nothing-here()")
    with pytest.raises(AnjiaError, match="layout-invalid"):
        layout.render(path, {}, AT)
