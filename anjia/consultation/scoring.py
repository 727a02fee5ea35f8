"""Scores the consultation on questions with accepted answers."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from anjia.consultation.answering import Answer
from anjia.kernel.errors import AnjiaError

COLUMNS = ("question", "accepted_codes")
OUTSIDE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `accepted` ids are all right, `outside` says that it is no matter of the office's."""

    text: str
    accepted: frozenset[str]
    outside: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Shares, 0 to 1; None where there was no such question.

    Attributes:
        top1: of the questions in scope, those answered with an accepted matter first.
        top3: those with an accepted matter among the three that are shown.
        out_of_scope: of the questions out of scope, those recognised as such.
        referred: of the questions out of scope, those sent to the accepted place.
        refused: of the questions in scope, those wrongly called out of scope.
        missed: questions that were not answered rightly first, with what was shown.
    """

    n: int
    n_out_of_scope: int
    top1: float | None
    top3: float | None
    out_of_scope: float | None
    referred: float | None
    refused: float | None
    missed: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


def read(path: Path, split: str = "") -> list[Question]:
    """Reads a CSV of split, question, accepted_codes (joined by `|`).

    Raises:
        AnjiaError: `questions-unreadable`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        return [_question(row) for row in rows if not split or row.get("split") == split]
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise AnjiaError(
            "questions-unreadable",
            f"问题文件无法读取：{error}",
            f"The file of questions cannot be read: {error}",
            (
                "请用 UTF-8 的 CSV，列为 split、question、accepted_codes",
                "Use a UTF-8 CSV of split, question, accepted_codes",
            ),
        ) from error


def score(questions: Iterable[Question], ask: Callable[[str], Answer], outside: frozenset[str]) -> Score:
    """Scores answers.

    Args:
        outside: ids of topics of other departments; a question that accepts only those is out of scope.
    """
    asked = [(one, ask(one.text)) for one in questions]
    within = [pair for pair in asked if not _is_outside(pair[0], outside)]
    beyond = [pair for pair in asked if _is_outside(pair[0], outside)]
    first = [one for one in within if _first(*one)]
    return Score(
        len(within), len(beyond), _share(first, within),
        _share([one for one in within if one[0].accepted & set(one[1].ranked)], within),
        _share([one for one in beyond if one[1].out_of_scope], beyond),
        _share([one for one in beyond if _first(*one)], beyond),
        _share([one for one in within if one[1].out_of_scope], within),
        list(_missed(asked)),
    )  # fmt: skip


def _question(row: dict[str, str]) -> Question:
    codes = frozenset(code.strip() for code in (row["accepted_codes"] or "").split("|") if code.strip())
    return Question(row["question"], codes, row.get("split") == OUTSIDE or not codes)


def _is_outside(question: Question, outside: frozenset[str]) -> bool:
    return question.outside or question.accepted <= outside


def _first(question: Question, given: Answer) -> bool:
    return given.best is not None and given.best.id in question.accepted


def _missed(asked: list[tuple[Question, Answer]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for question, given in asked:
        if not _first(question, given):
            yield question.text, given.ranked


def _share(part: list[tuple[Question, Answer]], whole: list[tuple[Question, Answer]]) -> float | None:
    return round(len(part) / len(whole), 4) if whole else None
