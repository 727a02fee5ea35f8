"""Look at the rules as a whole: which are in the house and whether their examples can fail.

`coverage` compares the rules with an index of all rules that the city must have;
`prove` judges everybody by every rule in every reader and says where they differ."""

from __future__ import annotations

import argparse
from importlib import import_module

EXAMPLES = """examples:
  anjia rules coverage --index rules_index.csv
  anjia rules coverage --index rules_index.csv --mutate --json
  anjia rules prove --persons 5000"""
PARTS = ("coverage", "prove")
"""What can be asked: `anjia rules <part>` lies in the module `rules_<part>`."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares one command for each part."""
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="part")
    for part in PARTS:
        module = import_module(f"anjia.conf.commands.rules_{part}")
        text = (module.__doc__ or "").strip()
        command = commands.add_parser(
            part,
            help=text.partition("\n")[0],
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=module.EXAMPLES,
        )
        module.arguments(command)


def run(options: argparse.Namespace) -> int:
    """Runs the part that was named and gives its exit status."""
    module = import_module(f"anjia.conf.commands.rules_{options.part}")
    return int(module.run(options))
