"""Import from CSV: every row is in or rejected with line, code and remedy, whatever the file looks like."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anjia.kernel import log
from anjia.kernel.codes import citizen_no
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.models import AccessRecord, Actor
from anjia.registers import REGISTERS, people
from anjia.registers.intake import giving, reading, sheets, taking, tracing
from anjia.registers.intake.batches import lines_of, ranges
from anjia.registers.intake.taking import Report

DIVISION = "990101001001"
PREFIXES = ("990199",)


def number(born: str, serial: int) -> str:
    """Gives a sound made-up citizen number."""
    head = f"990199{born.replace('-', '')}{serial:03d}"
    return head + citizen_no.check_digit(head)


SOUND = {
    "places": "key,valid_from,division,printed,usage\nL1,2001-01-01,990101001001,东街1号,dwelling\n",
    "persons": "编号,生效日期,姓名,性别,出生日期,民族\nP1,1980-02-29,张三,1,1980-02-29,01\n"
               "P2,1982-05-05,李四,2,1982-05-05,01\n"
               "P3,2010-01-01,张小,1,2010-01-01,01\n",
    "statuses": "key,valid_from,status\nP1,1980-02-29,0\nP2,1982-05-05,0\nP3,2010-01-01,0\n",
    "households": "key,valid_from,number,kind,place,address,division,station\n"
                  f"H1,2001-01-01,990100001,J1,L1,东街1号,{DIVISION},990101001000\n",
    "memberships": "key,valid_from,household,relation,division\n"
                   f"P1,2001-01-01,H1,02,{DIVISION}\nP2,2005-01-01,H1,12,{DIVISION}\nP3,2010-01-01,H1,20,{DIVISION}\n",
    "numbers": "key,valid_from,kind,number_text\n"
               f"P1,1980-02-29,citizen_no,{number('1980-02-29', 1)}\n"
               f"P2,1982-05-05,citizen_no,{number('1982-05-05', 2)}\n",
}  # fmt: skip


@dataclass
class Desk:
    """A folder of files, and how to import them."""

    folder: Path
    files: dict[str, str] = field(default_factory=lambda: dict(SOUND))

    def add(self, name: str, *rows: str) -> None:
        """Adds rows to a file."""
        self.files[name] += "".join(f"{row}\n" for row in rows)

    def take(self) -> Report:
        """Imports all files."""
        from tests.conftest import owner_url

        paths = []
        for name, text in self.files.items():
            path = self.folder / f"{name}.csv"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths.append(path)
        return taking.take(owner_url(), paths, self.rejects_path, prefixes=PREFIXES, say=lambda text: None)

    @property
    def rejects_path(self) -> Path:
        """Gives the file of rejects."""
        return self.folder / "rejects.csv"

    def rejects(self) -> list[dict[str, str]]:
        """Gives the rejected rows."""
        with self.rejects_path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def codes(self) -> list[tuple[str, str, str]]:
        """Gives line, column and code of each rejected row."""
        return [(one["line"], one["column"], one["code"]) for one in self.rejects()]


@pytest.fixture
def owner(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """The tables' owner."""
    from tests.conftest import owner_url

    with psycopg.connect(owner_url(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def desk(owner: psycopg.Connection[Any], tmp_path: Path) -> Desk:
    """Sound files of one family."""
    return Desk(tmp_path)


def count(owner: psycopg.Connection[Any], register: str) -> int:
    """Counts the entries of a register."""
    return int(owner.execute(f"SELECT count(*) FROM registers_{register}").fetchone()[0])  # type: ignore[index]


def balanced(report: Report, desk: Desk) -> bool:
    """Says whether every row read is in or rejected."""
    return all(one["read"] == one["in"] + one["rejected"] for one in report.files) and report.rejected == len(
        desk.rejects()
    )


def test_sound_files_go_in_whole_and_are_found(desk: Desk, owner: psycopg.Connection[Any]) -> None:
    report = desk.take()
    assert balanced(report, desk)
    assert (report.rejected, sum(one["in"] for one in report.files)) == (0, 13)
    subject = people.find_by_number(number("1980-02-29", 1))
    assert subject is not None
    assert people.name_of(subject) == "张三"
    assert list(log.verify(REGISTERS)) == []
    assert {event for (event,) in owner.execute("SELECT event FROM kernel_act").fetchall()} == {"IMPORT"}
    counter = owner.execute("SELECT value FROM kernel_counter WHERE name = 'household:9901'").fetchone()
    assert counter == (1,)


def test_same_files_are_not_taken_twice(desk: Desk, owner: psycopg.Connection[Any]) -> None:
    first, again = desk.take(), desk.take()
    assert (again.again, again.load, again.files) == (True, first.load, first.files)
    assert count(owner, "particulars") == 3


def test_each_kind_of_fault_is_named_where_it_stands(desk: Desk) -> None:
    desk.add(
        "persons", "P4,2024-02-30,王五,1,1980-01-01,01", "P5,2024-01-01,,1,1980-01-01,01",
        "P6,2024-01-01,王五,7,1980-01-01,01", "P7,2024-01-01,王五,1,1980-01-01", 'P8,2024-01-01,"王五,1,1980-01-01,01',
        "P9,2024-01-01,王\x07五,1,1980-01-01,01", ",2024-01-01,王五,1,1980-01-01,01",
        f"P10,2024-01-01,{'长' * 101},1,1980-01-01,01", "P1,2024-01-01,张三,1,1980-02-29,01",
    )  # fmt: skip
    desk.add("statuses", "P99,2024-01-01,0", "P4,2024-01-01,0")
    desk.add("numbers", "P3,2010-01-01,citizen_no,990199201001010012")
    desk.add("numbers", f"P3,2010-01-01,citizen_no,{number('1980-02-29', 1)}")
    report = desk.take()
    assert balanced(report, desk)
    assert sorted(desk.codes()) == sorted([
        ("5", "valid_from", "date-malformed"), ("6", "name", "value-missing"), ("7", "sex", "code-unknown"),
        ("8", "", "row-fields"), ("9", "", "row-unreadable"), ("10", "name", "value-control"),
        ("11", "key", "value-missing"), ("12", "name", "value-long"), ("13", "valid_from", "entry-overlap"),
        ("5", "key", "reference-unknown"), ("6", "key", "reference-unknown"),
        ("4", "number_text", "citizen-no-wrong"), ("5", "number_text", "number-taken"),
    ])  # fmt: skip
    assert all(one[name] for one in desk.rejects() for name in ("zh", "en", "remedy_zh", "remedy_en", "row"))
    assert list(log.verify(REGISTERS)) == []


def test_household_invariants_refuse_rows_and_what_hangs_on_them(desk: Desk, owner: psycopg.Connection[Any]) -> None:
    desk.add("persons", "P4,1990-01-01,王五,1,1990-01-01,01", "P5,1990-01-01,赵六,1,1990-01-01,01")
    desk.add("statuses", "P4,1990-01-01,0", "P5,1990-01-01,1")
    desk.add("households", f"H2,2001-01-01,990100002,J1,L1,东街1号,{DIVISION},990101001000",
             f"H3,2001-01-01,990100003,T4,,东街,{DIVISION},990101001000")  # fmt: skip
    desk.add("memberships", f"P4,2001-01-01,H2,20,{DIVISION}", f"P5,2001-01-01,H3,99,{DIVISION}")
    report = desk.take()
    assert balanced(report, desk)
    found = {code for _, _, code in desk.codes()}
    assert found == {"household-headless", "reference-unknown", "person-not-registrable"}
    assert count(owner, "membership") == 3
    assert count(owner, "household") == 2


def test_import_adds_to_a_register_that_holds_entries(desk: Desk, owner: psycopg.Connection[Any]) -> None:
    desk.take()
    desk.files = {
        "persons": "key,valid_from,name,sex,birth_on,ethnicity\nP1,1990-01-01,孙七,1,1990-01-01,01\n"
                   "P2,1991-01-01,周八,2,1991-01-01,01\n",
        "statuses": "key,valid_from,status\nP1,1990-01-01,0\nP2,1991-01-01,0\n",
        "households": "key,valid_from,number,kind,address,division,station\n"
                      f"H1,2001-01-01,990100001,J1,西街,{DIVISION},990101001000\n"
                      f"H2,2001-01-01,990100009,J1,西街,{DIVISION},990101001000\n",
        "memberships": "key,valid_from,household,relation,division\n"
                       f"P1,2001-01-01,H1,02,{DIVISION}\nP2,2001-01-01,H2,02,{DIVISION}\n",
        "numbers": f"key,valid_from,kind,number_text\nP1,1990-01-01,citizen_no,{number('1980-02-29', 1)}\n"
                   f"P2,1991-01-01,citizen_no,{number('1991-01-01', 2)}\n",
    }  # fmt: skip
    report = desk.take()
    assert balanced(report, desk)
    assert sorted(code for _, _, code in desk.codes()) == ["key-known", "number-taken", "reference-unknown"]
    assert people.find_by_number(number("1991-01-01", 2)) is not None
    assert (count(owner, "particulars"), count(owner, "household"), count(owner, "membership")) == (5, 2, 4)
    assert list(log.verify(REGISTERS)) == []


def test_both_axes_come_back_as_they_were_given(desk: Desk, owner: psycopg.Connection[Any]) -> None:
    desk.files["persons"] = (
        "key,valid_from,valid_to,recorded_from,recorded_to,name,sex,birth_on,ethnicity\n"
        "7,1980-02-29,,2001-01-01T08:00:00+08:00,2010-05-05T09:30:00.5+08:00,张珊,1,1980-02-29,01\n"
        "7,1980-02-29,,2010-05-05T09:30:00.5+08:00,,张三,1,1980-02-29,01\n"
        "7,1980-02-29,,2011-05-05T09:30:00+08:00,,张三,1,1980-02-29,01\n"
        "8,1980-02-29,,2999-01-01T00:00:00+08:00,,张三,1,1980-02-29,01\n"
    )
    desk.files = {"persons": desk.files["persons"]}
    report = desk.take()
    assert balanced(report, desk)
    assert desk.codes() == [("4", "valid_from", "entry-overlap"), ("5", "recorded_from", "moment-future")]
    assert list(log.verify(REGISTERS)) == []
    giving.give(owner, desk.folder / "out", None)
    with (desk.folder / "out" / "persons.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = sorted((row["name"], row["recorded_from"], row["recorded_to"]) for row in csv.DictReader(file))
    assert rows == [
        ("张三", "2010-05-05T01:30:00.500000+00:00", ""),
        ("张珊", "2001-01-01T00:00:00.000000+00:00", "2010-05-05T01:30:00.500000+00:00"),
    ]


def test_every_entry_tells_its_line(desk: Desk, owner: psycopg.Connection[Any]) -> None:
    desk.add("persons", "P4,1990-01-01,王五,1,1990-13-01,01", "P5,1990-01-01,赵六,1,1990-01-01,01")
    desk.take()
    entry = owner.execute("SELECT id FROM registers_particulars WHERE name = '赵六'").fetchone()
    assert entry is not None
    source = tracing.find_source("particulars", entry[0])
    assert source is not None
    assert (source.file, source.line) == ("persons.csv", 6)
    assert source.digest == reading.digest_of(desk.folder / "persons.csv")


def test_what_is_given_out_can_be_taken_again_and_numbers_need_a_grant(
    desk: Desk, owner: psycopg.Connection[Any]
) -> None:
    desk.take()
    out = desk.folder / "out"
    assert "identity" not in giving.give(owner, out, None)
    assert not (out / "numbers.csv").exists()
    actor = Actor.objects.create_actor("custodian", None, kind="staff", name_zh="管理员")
    hidden = Allowed(actor, "person", "export", "household-register", "all", fields=frozenset({"name"}))
    assert "identity" not in giving.give(owner, out, hidden)
    allowed = Allowed(actor, "person", "export", "household-register", "all", fields=frozenset({"*"}))
    counts = giving.give(owner, out, allowed)
    assert counts["identity"] == 2
    looked = AccessRecord.objects.filter(register="identity", actor_id=actor.pk).get()
    assert (looked.purpose, looked.outcome) == ("household-register", "2 rows")
    before = {path.name: path.read_bytes() for path in out.glob("*.csv")}
    names = [f"registers_{register}" for register in REGISTERS]
    owner.execute(f"TRUNCATE {', '.join(names)}, kernel_act, kernel_subject, kernel_batch, registers_load")
    from tests.conftest import owner_url

    paths = sorted(out.glob("*.csv"))
    report = taking.take(owner_url(), paths, desk.rejects_path, prefixes=PREFIXES, say=lambda text: None)
    assert report.rejected == 0
    giving.give(owner, out, allowed)
    assert {path.name: path.read_bytes() for path in out.glob("*.csv")} == before


@pytest.mark.parametrize(
    ("header", "code"),
    [("key,valid_from,nome", "header-unknown"), ("key,valid_from", "header-incomplete"),
     ("key,valid_from,status,状态,人员状态", "header-unknown"), ("key,valid_from,status,人员状态", "header-twice")],
)  # fmt: skip
def test_a_first_line_that_does_not_fit_stops_all(
    desk: Desk, owner: psycopg.Connection[Any], header: str, code: str
) -> None:
    desk.files["statuses"] = f"{header}\nP1,2001-01-01,0\n"
    with pytest.raises(AnjiaError, match=code):
        desk.take()
    assert count(owner, "particulars") == 0


def test_a_file_of_no_register_is_refused(desk: Desk) -> None:
    desk.files = {"cars": "key\n"}
    with pytest.raises(AnjiaError, match="sheet-unknown"):
        desk.take()


def test_an_import_that_breaks_off_leaves_nothing_and_is_done_by_the_same_command(
    desk: Desk, owner: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(connection: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(taking.invariants, "check", broken)
        with pytest.raises(KeyboardInterrupt):
            desk.take()
    assert count(owner, "particulars") == 0
    assert not desk.rejects_path.exists()
    assert desk.take().rejected == 0
    assert count(owner, "particulars") == 3


ANYTHING = st.one_of(
    st.binary(max_size=12), st.sampled_from([b'"', b",", b"\n", b"\r\n", b"\xff", "，".encode(), b"\x00", b" ", b"9"])
)
MANGLING = st.lists(st.tuples(st.sampled_from(sorted(SOUND)), st.floats(0, 1), st.integers(0, 6), ANYTHING), max_size=6)


def mangled(changes: list[tuple[str, float, int, bytes]]) -> dict[str, bytes]:
    """Gives the sound files with stretches of bytes behind the first line replaced by others."""
    files = {name: (text + text.split("\n", 1)[1] * 2).encode() for name, text in SOUND.items()}
    for name, place, width, fresh in changes:
        head, _, body = files[name].partition(b"\n")
        at = int(place * len(body))
        files[name] = head + b"\n" + body[:at] + fresh + body[at + width :]
    return files


@given(MANGLING)
def test_no_line_of_a_mangled_file_is_lost_in_reading(changes: list[tuple[str, float, int, bytes]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, content in mangled(changes).items():
            path = Path(folder) / f"{name}.csv"
            path.write_bytes(content)
            blocks = list(reading.read(path, sheets.sheet(sheets.register_of(name)), None, PREFIXES))
            found = [line for one in blocks for line in (*one.lines.tolist(), *(bad[0] for bad in one.unread))]
            lines = content.split(b"\n")[1:]
            wanted = [n for n, line in enumerate(lines, 2) if line.decode(errors="surrogateescape").strip()]
            assert sorted(found) == wanted
            for one in blocks:
                assert all(len(column) == len(one.lines) for column in one.values.values())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MANGLING)
def test_whatever_comes_is_in_or_rejected_and_the_register_is_sound(
    desk: Desk, owner: psycopg.Connection[Any], changes: list[tuple[str, float, int, bytes]]
) -> None:
    names = [f"registers_{register}" for register in REGISTERS]
    owner.execute(f"TRUNCATE {', '.join(names)}, kernel_act, kernel_subject, kernel_batch, registers_load")
    desk.files = mangled(changes)  # type: ignore[assignment]
    report = desk.take()
    assert balanced(report, desk)
    for one in desk.rejects():
        assert int(one["line"]) > 1
        assert one["code"]
        assert one["remedy_zh"]
        assert one["remedy_en"]
    for one in report.files:
        assert count(owner, one["register"]) == one["in"]
    assert list(log.verify(REGISTERS)) == []


@given(st.lists(st.integers(2, 60), min_size=1, max_size=30))
def test_lines_written_as_ranges_read_back_in_their_order(lines: list[int]) -> None:
    assert lines_of(ranges(lines)) == lines


def test_days_are_read_in_the_ways_people_write_them() -> None:
    wanted = date(2024, 2, 29).toordinal() - reading.EPOCH
    for text in ("2024-02-29", "2024-2-29", "20240229", "2024/2/29", "2024年2月29日"):
        assert reading.day_of(text) == (wanted, "")
    for text in ("2023-02-29", "2024-13-01", "24-02-29", "2024-02", "x", "２０２４-02-30"):
        assert reading.day_of(text)[1] == "date-malformed"
