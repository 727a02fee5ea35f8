"""Verify a document of the city: its seal, every byte, and whether it still counts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from anjia.conf import installation

EXAMPLES = """examples:
  anjia verify notice.pdf
  anjia verify notice.pdf --json
  anjia verify notice.pdf --authority ca.pem --offline"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("file", type=Path, metavar="FILE.pdf", help="the document")
    parser.add_argument("--authority", type=Path, metavar="CA.pem", help="certificate of the issuing authority")
    parser.add_argument("--offline", action="store_true", help="do not ask the register; check the seal alone")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the text")


def run(options: argparse.Namespace) -> int:
    """Prints the verification; 1 when the document is not valid."""
    if options.offline:
        installation.set_up()
        return _print(options)
    with installation.connected():
        return _print(options)


def _print(options: argparse.Namespace) -> int:
    from anjia.credentials import report

    text, is_valid = report.report(
        options.file, authority=options.authority, as_json=options.json, language=options.lang
    )
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0 if is_valid else 1
