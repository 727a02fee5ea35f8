"""Inclusion proofs: a foreign library accepts the right ones and no other, and builds the same trees."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from anjia.kernel import access, accesslog, acts, log, merkle, proof
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from tests.registers.world import draft

JUDGES = Path(__file__).resolve().parents[1] / "judges"
PYTHON = JUDGES / ".venv" / "bin" / "python"
Ask = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """The foreign library, as a program of its own that hears and answers in JSON."""
    if not PYTHON.exists():
        pytest.skip("no foreign Merkle library here; `make judges` installs it")
    with subprocess.Popen(
        [str(PYTHON), str(JUDGES / "merkle.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as judge:
        assert judge.stdin is not None
        assert judge.stdout is not None

        def answer(question: dict[str, Any]) -> dict[str, Any]:
            judge.stdin.write(json.dumps(question) + "\n")  # type: ignore[union-attr]
            judge.stdin.flush()  # type: ignore[union-attr]
            return dict(json.loads(judge.stdout.readline()))  # type: ignore[union-attr]

        yield answer
        judge.stdin.close()


@pytest.fixture
def sealed(transactional_db: None) -> list[int]:
    """Three sealed batches of 1, 6 and 13 acts."""
    numbers: list[int] = []
    for size in (1, 6, 13):
        numbers += [acts.commit(draft("NOTE", evidence={"n": n})).act_id for n in range(size)]
        assert log.seal() is not None
    return numbers


@pytest.mark.judge
def test_every_sealed_act_has_a_proof_that_a_foreign_library_accepts(sealed: list[int], ask: Ask) -> None:
    for number in sealed:
        found = proof.of_act(number).to_json()
        assert ask({"proof": found}) == {"accepted": True}, found
    assert {proof.of_act(number).size for number in sealed} == {1, 6, 13}


@pytest.mark.judge
def test_a_foreign_library_refuses_a_proof_that_was_touched(sealed: list[int], ask: Ask) -> None:
    right = proof.of_act(sealed[-3]).to_json()
    other = proof.of_act(sealed[-2]).to_json()
    turned = [{**step, "side": "left" if step["side"] == "right" else "right"} for step in right["path"]]
    wrong = [
        {**right, "leaf": other["leaf"]}, {**right, "index": right["index"] + 1}, {**right, "size": right["size"] + 9},
        {**right, "root": other["leaf"]}, {**right, "path": right["path"][:-1]}, {**right, "path": turned},
        {**right, "path": [{**right["path"][0], "hash": "00" * 32}, *right["path"][1:]]},
    ]  # fmt: skip
    for one in wrong:
        assert ask({"proof": one})["accepted"] is False, one


@pytest.mark.judge
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 64, 100])
def test_a_foreign_library_builds_the_same_tree(size: int, ask: Ask) -> None:
    data = [f"entry {n}".encode() for n in range(size)]
    leaves = [hashlib.sha256(b"\x00" + one).digest() for one in data]
    theirs = ask({"data": [one.hex() for one in data]})
    assert merkle.root(leaves).hex() == theirs["root"]
    assert [[step.hex() for _, step in merkle.path(leaves, index)] for index in range(size)] == theirs["paths"]


def test_the_chain_in_a_proof_is_what_the_batch_holds(sealed: list[int]) -> None:
    found = proof.of_act(sealed[8])
    batch = found.batch
    before = proof.of_act(sealed[3]).batch
    assert batch.prior_root == before.root
    assert batch.root == merkle.chained(batch.prior_root, found.tree, batch.id, batch.first, batch.last, batch.at)
    assert found.leaf == bytes(Act.objects.get(pk=sealed[8]).leaf)


def test_an_act_that_is_not_sealed_and_one_that_is_not_there_have_no_proof(sealed: list[int]) -> None:
    late = acts.commit(draft("NOTE")).act_id
    for number, code in ((late, "act-unsealed"), (late + 1, "act-unknown"), (0, "act-unknown")):
        with pytest.raises(AnjiaError) as caught:
            proof.of_act(number)
        assert caught.value.code == code


@pytest.mark.judge
def test_access_records_have_proofs_as_well(transactional_db: None, ask: Ask) -> None:
    with transaction.atomic():
        numbers = [
            access.record(actor=None, subject=n, register="person", fields=("name",), purpose="p", ground="g")
            for n in range(5)
        ]
    with pytest.raises(AnjiaError, match="access-unsealed"):
        proof.of_access(numbers[2])
    assert accesslog.seal() is not None
    for number in numbers:
        assert ask({"proof": proof.of_access(number).to_json()}) == {"accepted": True}
