"""Code tables and citizen numbers, with the test vectors of the register description."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anjia.kernel import codes
from anjia.kernel.codes import citizen_no
from anjia.kernel.errors import AnjiaError

SOURCE = Path(__file__).resolve().parents[3] / "shared/domain/codes.yaml"
MADE_UP = ("370399",)
VECTORS = ["370399199003070016", "370399199003070024", "370399202411050131", "370399200002299981"]

births = st.dates(date(1900, 1, 1), date(2099, 12, 31))


def number(address: str, born: date, sequence: int) -> str:
    seventeen = f"{address}{born:%Y%m%d}{sequence:03}"
    return seventeen + citizen_no.check_digit(seventeen)


def test_tables_are_found_by_name_and_by_standard() -> None:
    assert codes.table("GB/T 4761") is codes.table("relation") is codes.table("GB/T 4761-2008")
    assert codes.table("GB/T 4761")["02"].zh == "户主"
    assert codes.table("GB/T 3304").words("01").en == "Han"
    assert codes.table("GB/T 2261.1")["1"].zh == "男"
    assert codes.table("GB/T 4658")["10"].en == "Graduate education"
    assert codes.table("GB/T 2260")["37"].zh == "山东省"
    assert codes.table("household_kind").legacy["2"] == "J1"


def test_an_unknown_code_and_an_unknown_table_say_so() -> None:
    with pytest.raises(AnjiaError) as caught:
        codes.table("sex").words("7")
    assert caught.value.code == "code-unknown"
    with pytest.raises(AnjiaError) as caught:
        codes.table("GB/T 0")
    assert caught.value.code == "code-table-unknown"


def test_every_code_has_words_in_both_languages_and_every_table_a_tag() -> None:
    for name in codes.tables():
        table = codes.table(name)
        assert table.tag in ("law", "law*", "public", "assumed")
        assert table.title.zh
        assert table.title.en
        assert all(words.zh and words.en.isascii() for words in table.values()), name


@pytest.mark.skipif(not SOURCE.exists(), reason="ABSENT shared/domain/codes.yaml")
def test_tables_hold_what_the_source_holds() -> None:
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    source.pop("note")
    for name, given_table in source.items():
        table = codes.table(name)
        assert {code: words.zh for code, words in table.items()} == given_table["codes"]
        assert table.standard == given_table["standard"]
        assert table.provenance == given_table["provenance"]
        assert table.provenance.startswith(table.tag)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_vectors_are_sound_only_where_their_prefix_is_allowed(vector: str) -> None:
    assert citizen_no.validate(vector, synthetic_prefixes=MADE_UP) is None
    fault = citizen_no.validate(vector)
    assert fault is not None
    assert fault.code == "citizen-no-address"


def test_parts_say_what_the_vector_says() -> None:
    assert citizen_no.parts(VECTORS[0]) == citizen_no.Parts("370399", date(1990, 3, 7), 1, "1")
    assert citizen_no.parts(VECTORS[3]) == citizen_no.Parts("370399", date(2000, 2, 29), 998, "2")


def test_the_remainders_give_all_check_characters() -> None:
    found = {citizen_no.check_digit(f"37030219900307{n:03}") for n in range(100)}
    assert found == set("0123456789X")


@given(births, st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_or_two_exchanged_are_always_noticed(
    born: date, sequence: int, position: int, shift: int
) -> None:
    sound = number("370302", born, sequence)
    assert citizen_no.validate(sound) is None
    wrong = list(sound)
    wrong[position] = str((int(wrong[position]) + shift) % 10)
    assert citizen_no.validate("".join(wrong)) is not None
    exchanged = list(sound)
    exchanged[position], exchanged[position + 1] = exchanged[position + 1], exchanged[position]
    assert exchanged == list(sound) or citizen_no.validate("".join(exchanged)) is not None


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 995))
def test_old_numbers_become_new_ones_and_back(born: date, sequence: int) -> None:
    sound = number("370302", born, sequence)
    old = citizen_no.shortened(sound)
    assert old is not None
    assert citizen_no.validate(old) is None
    assert citizen_no.lengthened(old) == sound
    assert citizen_no.parts(old) == citizen_no.parts(sound)


def test_sequences_of_centenarians_give_the_century_before() -> None:
    assert citizen_no.lengthened("370302900307997")[6:10] == "1890"
    assert citizen_no.lengthened("370302900307995")[6:10] == "1990"
    assert citizen_no.shortened(number("370302", date(1990, 3, 7), 997)) is None
    assert citizen_no.shortened(number("370302", date(2000, 3, 7), 1)) is None
    with pytest.raises(AnjiaError):
        citizen_no.lengthened(VECTORS[0])


@pytest.mark.parametrize(
    ("typed", "code", "position"),
    [
        ("370302199003070012", "citizen-no-check", 18),
        ("37030219900307001", "citizen-no-malformed", None),
        ("37030219900307A016", "citizen-no-malformed", 15),
        ("17030219900307001X", "citizen-no-address", 1),
        ("370302200102290010", "citizen-no-birth", 7),
        ("370302010229001", "citizen-no-birth", 7),
        ("", "citizen-no-malformed", None),
        ("²" * 18, "citizen-no-malformed", 1),
    ],
)
def test_each_fault_names_its_place(typed: str, code: str, position: int | None) -> None:
    fault = citizen_no.validate(typed)
    assert fault is not None
    assert (fault.code, fault.facts.get("position")) == (code, position)
    assert fault.message.zh.startswith("身份号码")


def test_the_wrong_check_character_is_said_plainly() -> None:
    fault = citizen_no.validate("370302199003070012")
    assert fault is not None
    assert fault.message.zh == "身份号码第 18 位不对，请核对"


def test_typed_numbers_may_have_spaces_wide_digits_and_a_small_x() -> None:
    sound = next(text for n in range(100) if (text := number("370302", date(1990, 3, 7), n)).endswith("X"))
    wide = "".join(chr(ord(character) + 0xFEE0) for character in sound)
    for typed in (sound.lower(), f" {sound[:6]} {sound[6:14]}-{sound[14:]}", wide):
        assert citizen_no.normal(typed) == sound
        assert citizen_no.validate(typed) is None


def test_nobody_is_born_tomorrow_but_one_may_be_born_today() -> None:
    sound = number("370302", date(2024, 2, 29), 1)
    assert citizen_no.validate(sound, today=date(2024, 2, 29)) is None
    fault = citizen_no.validate(sound, today=date(2024, 2, 28))
    assert fault is not None
    assert fault.code == "citizen-no-birth"
