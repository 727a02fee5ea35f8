"""Judge a rule or an item over a JSON of facts and explain the judgement clause by clause.

FACTS.json holds fact id → value, for example {"lease.filed": true, "lease.start": "2026-01-01"}; a fact
that is left out is unknown: it is asked for and never refuses. `-` reads standard input. A refusal tells
the smallest changes that would lift it, least effort first, and the day on which time alone does; what is
unknown tells the smallest set of facts that settles it and who holds them."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from anjia.conf import installation
from anjia.kernel.errors import AnjiaError

EXAMPLES = """examples:
  anjia judge S-20 facts.json
  anjia judge E25 facts.json --on 2026-11-25 --json
  echo '{"lease.filed": false}' | anjia judge S-21 - --lang en

exit status: 0 yes, 1 no, 3 unknown"""
STATUS = {"yes": 0, "no": 1, "unknown": 3}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("id", metavar="RULE|ITEM", help="id of a rule (S-20) or an item (E25)")
    parser.add_argument("facts", metavar="FACTS.json", help="file of facts, - for standard input")
    parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="day of the judgement (today)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the text")


def run(options: argparse.Namespace) -> int:
    """Prints the judgement; the exit status is its verdict."""
    installation.set_up()
    from django.conf import settings

    from anjia.conf.commands import check
    from anjia.rules import explaining, wording

    catalogue, faults = check.checked(Path(settings.ANJIA_CITY))
    if faults:
        sys.stderr.write("".join(f"{fault}\n" for fault in faults))
        return 2
    judged = _judged(catalogue, options, _facts(options.facts, catalogue))
    if options.json:
        sys.stdout.write(json.dumps(explaining.to_json(judged, advise=True), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(wording.to_text(judged, options.lang, advise=True).rstrip("\n") + "\n")
    return STATUS[judged.verdict]


def _judged(catalogue: Any, options: argparse.Namespace, values: dict[str, Any]) -> Any:
    from anjia.rules import examples
    from anjia.rules.judging import judge_item

    on = options.on or date.today()
    if (rule := catalogue.find("rule", options.id, on)) is not None:
        return examples.judged(rule.spec, catalogue, values, on)
    item = catalogue.get("item", options.id, on)
    return judge_item(item.spec, catalogue, examples.facts_of(values), on)


def _facts(name: str, catalogue: Any) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("a JSON object is needed")
    except (OSError, ValueError) as error:
        raise AnjiaError(
            "facts-unreadable",
            f"事实文件无法读取：{error}",
            f"The file of facts cannot be read: {error}",
            ('请写成 {"lease.filed": true}', 'Write it as {"lease.filed": true}'),
        ) from error
    return {ident: _value(ident, value, catalogue) for ident, value in content.items()}


def _value(ident: str, value: Any, catalogue: Any) -> Any:
    spec = catalogue.find("fact", ident)
    if spec is None or spec.spec.type != "date" or value is None:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise AnjiaError(
            "fact-mistyped",
            f"事实 {ident} 应是日期 YYYY-MM-DD",
            f"Fact {ident} must be a date YYYY-MM-DD",
            ("请改好后再试", "Correct it and try again"),
        ) from error
