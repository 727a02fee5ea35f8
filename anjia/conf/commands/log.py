"""Verify the log of acts and access records, seal it, or prove that one act or record lies in it."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import chain

from anjia.conf import installation

EXAMPLES = """examples:
  anjia log verify
  anjia log seal
  anjia log proof 4711 --json
  anjia log proof 4711 --access"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what can be done with the log."""
    parser.add_argument(
        "what", choices=("verify", "seal", "proof"),
        help="verify: recompute all of it; seal: make the next batches; proof: show that an act lies in it",
    )  # fmt: skip
    parser.add_argument("number", nargs="?", type=int, metavar="ACT", help="proof: id of the act")
    parser.add_argument("--access", action="store_true", help="proof: the id is that of an access record")
    parser.add_argument("--json", action="store_true", help="proof: as JSON")


def run(options: argparse.Namespace) -> int:
    """Verifies, seals or proves; 1 when something does not fit."""
    if options.what == "proof" and options.number is None:
        sys.stderr.write("anjia log proof: 请写明登记行为的编号 / name the act\n")
        return 2
    with installation.connected():
        return {"verify": _verify, "seal": _seal, "proof": _proof}[options.what](options)


def _verify(options: argparse.Namespace) -> int:
    from anjia.kernel import accesslog, log
    from anjia.kernel.models import AccessBatch, AccessRecord, Act, Batch
    from anjia.registers import REGISTERS

    count = 0
    for fault in chain(log.verify(REGISTERS), accesslog.verify()):
        count += 1
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(
        f"{Act.objects.count()} acts, {Batch.objects.count()} batches, {AccessRecord.objects.count()} access records, "
        f"{AccessBatch.objects.count()} access batches, {count} faults\n"
    )
    return 1 if count else 0


def _seal(options: argparse.Namespace) -> int:
    from anjia.kernel import accesslog, log

    batch, looks = log.seal(), accesslog.seal()
    if batch:
        sys.stdout.write(f"sealed acts {batch.first_act}-{batch.last_act}\n")
    if looks:
        sys.stdout.write(f"sealed access records {looks.first_record}-{looks.last_record}\n")
    if not batch and not looks:
        sys.stdout.write("nothing to seal\n")
    return 0


def _proof(options: argparse.Namespace) -> int:
    from anjia.kernel import proof

    found = (proof.of_access if options.access else proof.of_act)(options.number).to_json()
    if options.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return 0
    sys.stdout.write(f"{found['what']} {found['number']}: leaf {found['index']} of {found['size']}\n")
    sys.stdout.write(f"  leaf  {found['leaf']}\n")
    sys.stdout.writelines(f"  {one['side']:5} {one['hash']}\n" for one in found["path"])
    sys.stdout.write(f"  root  {found['root']}\n  batch {found['chain']['batch']}: {found['chain']['root']}\n")
    return 0
