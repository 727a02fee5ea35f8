"""Ask in one's own words which matter is meant, or score the answers on a file of questions.

An answer is the approved sentence of a definition with its article, two neighbours, and the household assistant for
"none of these". The definitions of the city's folder are read; no server is needed."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from anjia.conf import installation
from anjia.kernel.errors import AnjiaError

EXAMPLES = """examples:
  anjia ask 租的房子能落户吗
  anjia ask "电费怎么交" --json
  anjia ask --score questions.csv --json
  anjia ask --score questions.csv --split dev --missed

exit status: 0 answered, 1 not a matter of the office's"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("question", nargs="?", metavar="QUESTION", help="the question")
    parser.add_argument("--score", type=Path, metavar="FILE.csv", help="CSV of split, question, accepted_codes")
    parser.add_argument("--split", default="", help="score only the rows of this split")
    parser.add_argument("--missed", action="store_true", help="list the questions that were answered wrongly")
    parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="definitions of this day (today)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the text")


def run(options: argparse.Namespace) -> int:
    """Prints the answer or the score."""
    installation.set_up()
    from django.conf import settings

    from anjia.kernel.definitions import load

    if (options.question is None) == (options.score is None):
        raise AnjiaError(
            "question-missing", "请给出一个问题，或者用 --score 给出文件", "Give a question, or a file with --score",
            ("例如 anjia ask 租房能落户吗", "For example: anjia ask 租房能落户吗"),
        )  # fmt: skip
    catalogue, on = load(Path(settings.ANJIA_CITY)).catalogue, options.on or date.today()
    return _score(catalogue, on, options) if options.score else _answer(catalogue, on, options)


def _answer(catalogue: Any, on: date, options: argparse.Namespace) -> int:
    from anjia.consultation import answering

    found = answering.answer(options.question, catalogue, on)
    if options.json:
        content = {**msgspec.to_builtins(found), "out_of_scope": found.out_of_scope}
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(found, options.lang)) + "\n")
    return 1 if found.out_of_scope else 0


def _lines(found: Any, lang: str) -> list[str]:
    lines = []
    if found.best is not None:
        lines += [f"{found.best.id} {getattr(found.best.title, lang)} [{found.best.route}]"]
        lines += [f"  {getattr(found.best.answer, lang)}"]
        lines += [f"  {one.law} {one.article} [{one.tag}]" for one in found.best.basis]
    lines += [f"- {one.id} {getattr(one.title, lang)}" for one in (*found.others, *found.rules)]
    return [*lines, {"zh": "都不是？找户口帮办", "en": "None of these? Ask the household assistant"}[lang]]


def _score(catalogue: Any, on: date, options: argparse.Namespace) -> int:
    from anjia.consultation import answering, scoring

    outside = frozenset(one.id for one in catalogue.list("topic", on) if one.spec.route == "elsewhere")
    questions = scoring.read(options.score, options.split)
    found = scoring.score(questions, lambda text: answering.answer(text, catalogue, on), outside)
    content = msgspec.to_builtins(found)
    if not options.missed:
        content.pop("missed")
    if options.json:
        sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{name} {value}\n" for name, value in content.items() if name != "missed"))
        sys.stdout.write("".join(f"- {text}: {', '.join(shown)}\n" for text, shown in content.get("missed", ())))
    return 0
