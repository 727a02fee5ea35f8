"""Judges inclusion proofs with pymerkle; runs in its own environment and knows nothing of Anjia.

Reads one JSON object a line and answers one a line:
    {"proof": {…}}    → {"accepted": true} or {"accepted": false, "why": …}
    {"data": [hex …]} → {"root": hex, "path": [hex …] of each leaf}, from a tree that pymerkle builds
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pymerkle import InmemoryTree, InvalidProof, verify_inclusion
from pymerkle.proof import InclusionProof


def judged(proof: dict[str, Any]) -> dict[str, Any]:
    """Says whether pymerkle accepts a proof for the leaf, index, size and root that it names."""
    leaf, root = bytes.fromhex(proof["leaf"]), bytes.fromhex(proof["root"])
    # pymerkle's path begins with the leaf itself; 0 = what we have stands left, 1 = it stands right;
    # after the last step nothing is joined any more.
    rule = [0 if step["side"] == "right" else 1 for step in proof["path"]] + [0]
    path = [leaf, *(bytes.fromhex(step["hash"]) for step in proof["path"])]
    found = InclusionProof(proof["algorithm"], True, proof["size"], proof["index"] + 1, rule, path)
    try:
        verify_inclusion(leaf, root, found, index=proof["index"] + 1, size=proof["size"], algorithm="sha256")
    except InvalidProof as error:
        return {"accepted": False, "why": str(error)}
    return {"accepted": True}


def built(data: list[str]) -> dict[str, Any]:
    """Gives the root and all paths of a tree over data."""
    tree = InmemoryTree(algorithm="sha256")
    for one in data:
        tree.append_entry(bytes.fromhex(one))
    paths = [
        [step.hex() for step in tree.prove_inclusion(index, len(data)).path[1:]] for index in range(1, len(data) + 1)
    ]
    return {"root": tree.get_state(len(data)).hex(), "paths": paths}


for line in sys.stdin:
    asked = json.loads(line)
    answer = judged(asked["proof"]) if "proof" in asked else built(asked["data"])
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
