"""The two passes of an import: all files are read and judged, then read again to write what is good."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from anjia.kernel.vault import vault
from anjia.registers.bulk.columns import Ints
from anjia.registers.bulk.leaves import Written
from anjia.registers.intake import batches, judging, reading, sheets
from anjia.registers.intake.batches import Origin
from anjia.registers.intake.faults import Rejects
from anjia.registers.intake.judging import Gathered
from anjia.registers.intake.keys import Keys
from anjia.registers.intake.reading import Block
from anjia.registers.intake.sheets import KEY, MAKERS, NUMBER

Say = Callable[[str], None]
Put = Callable[[list[Written]], None]
Bad = dict[tuple[int, int], tuple[str, str]]


@dataclass(slots=True)
class File:
    """One file of an import, with its counts: every row that was read is in or rejected."""

    path: Path
    register: str
    digest: str
    read: int = 0
    taken: int = 0
    rejected: int = 0

    def to_json(self) -> dict[str, Any]:
        """Gives the counts."""
        return {"file": self.path.name, "register": self.register, "sha256": self.digest, "read": self.read,
                "in": self.taken, "rejected": self.rejected}  # fmt: skip


@dataclass(slots=True)
class Intake:
    """The work of one import."""

    owner: psycopg.Connection[Any]
    files: list[File]
    rejects: Rejects
    prefixes: Sequence[str]
    say: Say
    keys: Keys = field(default_factory=Keys)
    gathered: dict[str, Gathered] = field(default_factory=dict)
    bad: dict[str, Bad] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)
    following: int = 1

    def judge(self) -> None:
        """Reads all files once and finds everything that is wrong."""
        for register in sheets.order():
            mine = [n for n, one in enumerate(self.files) if one.register == register]
            if not mine:
                continue
            rows = self.gathered[register] = Gathered(register)
            makes = MAKERS.get(sheets.sheet(register).owner) == register
            for number in mine:
                self._gather(rows, number, makes)
            if makes:
                self._make_known(rows)
            judging.overlaps(rows)
            if register == "identity":
                judging.numbers_twice(rows)
            self._known_here(rows)
            if makes:
                self._let_go(rows)
            rows.forget("valid_from", "recorded_from", NUMBER)
        judging.homes(self.gathered)
        self._follow()
        for register, rows in self.gathered.items():
            found = self.bad[register] = {}
            for row, fault in rows.bad.items():
                found[int(rows["file"][row]), int(rows["line"][row])] = fault

    def _gather(self, rows: Gathered, number: int, makes: bool) -> None:
        file = self.files[number]
        self.say(f"reading {file.path.name}")
        find = self._find_but_own(rows.register) if makes else self.keys.find
        for block in reading.read(file.path, sheets.sheet(file.register), find, self.prefixes):
            file.read += len(block.lines) + len(block.unread)
            rows.add(block, number)

    def _find_but_own(self, register: str) -> reading.Find:
        """Resolves all keys but those of the register's own subjects, which its rows only now make known."""
        own = sheets.sheet(register).owner

        def find(kind: str, keys: Ints) -> Ints:
            return keys if kind == own else self.keys.find(kind, keys)

        return find

    def _make_known(self, rows: Gathered) -> None:
        kind = sheets.sheet(rows.register).owner
        numbers = rows[KEY]
        self.following += self.keys.know(kind, numbers, self.following)
        rows.put(KEY, self.keys.find(kind, numbers))

    def _let_go(self, rows: Gathered) -> None:
        self.keys.keep(sheets.sheet(rows.register).owner, rows[KEY][rows.left()])

    def _known_here(self, rows: Gathered) -> None:
        """Refuses numbers that the register has already."""
        if rows.register == "household":
            words = [str(word) for word in rows.words.get("number", {})]
            found = self.owner.execute(
                "SELECT DISTINCT number FROM registers_household WHERE number = ANY(%s) AND recorded_to IS NULL",
                [words],
            ).fetchall()
            taken = [rows.word("number", number) for (number,) in found]
            rows.refuse(np.flatnonzero(np.isin(rows["number"], taken)), "number", "key-known")
            for number in words:
                if len(number) == 9 and number.isdecimal():
                    self.serials[number[:4]] = max(self.serials.get(number[:4], 0), int(number[4:]))
        if rows.register == "identity" and self._is_filled("registers_identity"):
            blinds = {vault().blind("citizen_no", str(text)): n for text, n in rows.words.get(NUMBER, {}).items()}
            found = self.owner.execute(
                "SELECT blind FROM registers_identity WHERE kind = 'citizen_no' AND recorded_to IS NULL "
                "AND issued_here AND blind = ANY(%s)", [list(blinds)]
            ).fetchall()  # fmt: skip
            taken = [blinds[bytes(blind)] for (blind,) in found]
            rows.refuse(np.flatnonzero(np.isin(rows[NUMBER], taken)), NUMBER, "number-taken")

    def _is_filled(self, table: str) -> bool:
        query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
        return bool(self.owner.execute(query).fetchone()[0])  # type: ignore[index]

    def _follow(self) -> None:
        """Refuses what refers to a household of which no row is left, when the invariants took the last one."""
        home, member = self.gathered.get("household"), self.gathered.get("membership")
        if home is None:
            return
        self._let_go(home)
        if member is not None:
            gone = ~np.isin(member["household"], home[KEY][home.left()])
            member.refuse(np.flatnonzero(gone & member.left()), "household", "reference-unknown")
            judging.homes(self.gathered)

    def write(self, origin: Callable[[File], Origin], number: batches.Number, put: Put) -> None:
        """Reads all files once more and writes what is good; the rest goes into the file of rejects."""
        total, begun, done = sum(one.read for one in self.files), time.monotonic(), 0
        for register in self.gathered:
            for n, file in enumerate(self.files):
                if file.register != register:
                    continue
                sheet, bad, whence = sheets.sheet(register), self.bad[register], origin(file)
                for block in reading.read(file.path, sheet, self.keys.find, self.prefixes):
                    rows = self._sift(block, n, file, bad)
                    if len(rows):
                        put(batches.written(block, rows, sheet, whence, number))
                    file.taken += len(rows)
                    done += len(block.lines) + len(block.unread)
                    spent = time.monotonic() - begun
                    self.say(f"{file.path.name}: {done} of {total} rows, {done / spent:.0f} rows/s, "
                             f"about {(total - done) * spent / max(done, 1):.0f} s left")  # fmt: skip

    def _sift(self, block: Block, number: int, file: File, bad: Bad) -> Ints:
        if bad:
            for row, line in enumerate(block.lines.tolist()):
                if (fault := bad.get((number, line))) is not None:
                    block.faults.setdefault(row, fault)
        for line, code, text in block.unread:
            self.rejects.add(file.path.name, line, "", code, text)
        for row, (column, code) in sorted(block.faults.items()):
            self.rejects.add(file.path.name, int(block.lines[row]), column, code, block.raw[row])
        file.rejected += len(block.unread) + len(block.faults)
        return np.flatnonzero(block.good())

    def subjects(self) -> Written:
        """Gives the subjects that become known."""
        rows = [f"{one}\t{kind}\n" for kind, found in self.keys.subjects.items() for one in np.sort(found).tolist()]
        return Written("kernel_subject", ("id", "kind"), "".join(rows).encode(), len(rows))
