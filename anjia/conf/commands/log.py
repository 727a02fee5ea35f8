"""Verify the log of acts: every leaf, every batch and the chain between them."""

from __future__ import annotations

import argparse
import sys

from anjia.conf import installation

EXAMPLES = "examples:\n  anjia log verify\n  anjia log seal"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the two things that can be done with the log."""
    parser.add_argument(
        "what", choices=("verify", "seal"), help="verify: recompute all of it; seal: make the next batch"
    )


def run(options: argparse.Namespace) -> int:
    """Verifies or seals; 1 when something does not fit."""
    with installation.connected():
        from anjia.kernel import log
        from anjia.kernel.models import Act, Batch
        from anjia.registers import REGISTERS

        if options.what == "seal":
            batch = log.seal()
            sys.stdout.write(f"sealed acts {batch.first_act}-{batch.last_act}\n" if batch else "nothing to seal\n")
            return 0
        faults = list(log.verify(REGISTERS))
        sys.stdout.write("".join(f"{fault}\n" for fault in faults))
        sys.stdout.write(f"{Act.objects.count()} acts, {Batch.objects.count()} batches, {len(faults)} faults\n")
    return 1 if faults else 0
