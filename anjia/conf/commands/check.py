"""Check all definitions of a city together and list every fault with file and line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from anjia.conf import installation

EXAMPLES = """examples:
  anjia check
  anjia check path/to/another-city"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the city's folder (ANJIA_CITY)")


def run(options: argparse.Namespace) -> int:
    """Prints the faults; 1 when there is one."""
    installation.set_up()
    from django.conf import settings

    folder = options.folder or Path(settings.ANJIA_CITY)
    catalogue, faults = checked(folder)
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    counts: dict[str, int] = {}
    for definition in catalogue.all():
        counts[definition.kind] = counts.get(definition.kind, 0) + 1
    listed = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    sys.stdout.write(f"{folder}: {listed}; {len(faults)} 处错误 / faults\n")
    return 1 if faults else 0


def checked(folder: Path) -> tuple[Any, list[Any]]:
    """Gives the catalogue of a folder and all its faults: form, references, examples."""
    from anjia.kernel import effects
    from anjia.kernel.definitions import load, references
    from anjia.registers import operations
    from anjia.rules import examples, mapping

    if not folder.is_dir():
        raise _no_folder(folder)
    loaded = load(folder)
    known = {name: operations.arguments(name) for name in operations.names()}
    faults = [*loaded.faults, *references.check(loaded.catalogue, operations=known, effects=effects.names())]
    # Examples of a catalogue that does not hold together would only repeat its faults.
    if not faults:
        faults = examples.run(loaded.catalogue)
    faults = [*faults, *mapping.read(folder).faults]
    return loaded.catalogue, sorted(faults, key=lambda fault: (str(fault.path), fault.line))


def _no_folder(folder: Path) -> Exception:
    from anjia.kernel.errors import AnjiaError

    return AnjiaError(
        "city-folder-missing",
        f"没有这个城市目录：{folder}",
        f"There is no such city folder: {folder}",
        ("请核对 ANJIA_CITY 或给出的路径", "Check ANJIA_CITY or the path that was given"),
    )
