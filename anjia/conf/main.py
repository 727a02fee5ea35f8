"""The command line `anjia`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from anjia import __version__
from anjia.kernel.errors import AnjiaError

COMMANDS = (
    "run", "check", "judge", "ask", "verify", "household", "person", "address", "register", "census", "synth", "import",
    "export", "search", "snapshot", "find", "simulate", "calendar", "rules", "publish", "log", "migrate", "worker",
)  # fmt: skip
DESCRIPTION = """安家 Anjia: a city's household registration.

Start with `anjia run`: it starts the demo city and prints where to go. Every other command works beside it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives the exit status: 0 well, 1 a negative answer, 2 could not be done."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except AnjiaError as error:
        sys.stderr.write(
            f"anjia: {error.code}: {error.message.zh}\n       {error.message.en}\n"
            f"  → {error.remedy.zh}\n    {error.remedy.en}\n"
        )
        return 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Gives the parser of all commands."""
    formatter = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(prog="anjia", description=DESCRIPTION, formatter_class=formatter)
    top.add_argument("--version", action="version", version=f"anjia {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"anjia.conf.commands.{name}")
        text = (module.__doc__ or "").strip()
        command = commands.add_parser(
            name, help=text.partition("\n")[0], description=text, formatter_class=formatter, epilog=module.EXAMPLES
        )
        module.arguments(command)
        command.set_defaults(run=module.run)
    return top


if __name__ == "__main__":
    raise SystemExit(main())
