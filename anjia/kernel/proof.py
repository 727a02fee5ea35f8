"""A proof that an act or an access record lies in a sealed batch; whoever has it needs none of our data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anjia.kernel.errors import AnjiaError
from anjia.kernel.merkle import Sealed, path, root
from anjia.kernel.models import AccessBatch, AccessRecord, Act, Batch


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The audit path of one leaf (RFC 6962, section 2.1.1) and what ties its tree into the chain.

    Attributes:
        index: place of the leaf in its tree, counted from zero.
        size: leaves of the tree.
        path: (side, hash) from the leaf up.
        tree: root of the tree; the batch's root is SHA-256 over 0x02, the prior root, the tree and `said`.
    """

    what: str
    number: int
    leaf: bytes
    index: int
    size: int
    path: Sequence[tuple[str, bytes]]
    tree: bytes
    batch: Sealed

    def to_json(self) -> dict[str, Any]:
        """Gives the proof as plain JSON with hashes in hexadecimal."""
        return {
            "what": self.what, "number": self.number, "algorithm": "sha256", "leaf": self.leaf.hex(),
            "index": self.index, "size": self.size,
            "path": [{"side": side, "hash": one.hex()} for side, one in self.path],
            "root": self.tree.hex(),
            "chain": {
                "batch": self.batch.id, "first": self.batch.first, "last": self.batch.last,
                "at": self.batch.at.isoformat(), "prior_root": self.batch.prior_root.hex(),
                "root": self.batch.root.hex(),
            },
        }  # fmt: skip


def of_act(number: int) -> Inclusion:
    """Gives the proof of an act.

    Raises:
        AnjiaError: `act-unknown` (404), `act-unsealed` (409).
    """
    act = Act.objects.filter(pk=number).only("id").first()
    batch = Batch.objects.filter(last_act__gte=number).order_by("id").first()
    if act is None or batch is None:
        raise _missing("act", "登记行为", "act", known=act is not None)
    found = Act.objects.filter(id__range=(batch.first_act, batch.last_act)).order_by("id").values_list("id", "leaf")
    sealed = Sealed(batch.pk, batch.first_act, batch.last_act, batch.at, bytes(batch.prior_root), bytes(batch.root))
    return _inclusion("act", number, list(found), sealed)


def of_access(number: int) -> Inclusion:
    """Gives the proof of an access record, under the same errors (`access-unknown`, `access-unsealed`)."""
    known = AccessRecord.objects.filter(pk=number).exists()
    batch = AccessBatch.objects.filter(last_record__gte=number).defer("marks").order_by("id").first()
    if not known or batch is None:
        raise _missing("access", "查询记录", "access record", known=known)
    rows = AccessRecord.objects.filter(id__range=(batch.first_record, batch.last_record))
    sealed = Sealed(
        batch.pk, batch.first_record, batch.last_record, batch.at, bytes(batch.prior_root), bytes(batch.root)
    )
    return _inclusion("access record", number, list(rows.order_by("id").values_list("id", "leaf")), sealed)


def _inclusion(what: str, number: int, rows: Sequence[tuple[int, bytes]], sealed: Sealed) -> Inclusion:
    leaves = [bytes(leaf) for _, leaf in rows]
    index = [one for one, _ in rows].index(number)
    return Inclusion(what, number, leaves[index], index, len(leaves), path(leaves, index), root(leaves), sealed)


def _missing(noun: str, zh: str, en: str, *, known: bool) -> AnjiaError:
    if known:
        return AnjiaError(
            f"{noun}-unsealed", f"这条{zh}还没有封存", f"This {en} is not sealed yet",
            ("一分钟后再试，或先运行 anjia log seal", "Try again in a minute, or run anjia log seal"), status=409,
        )  # fmt: skip
    return AnjiaError(
        f"{noun}-unknown", f"没有这条{zh}", f"There is no such {en}", ("请核对编号", "Check its number"), status=404
    )
