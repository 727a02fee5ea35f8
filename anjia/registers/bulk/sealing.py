"""Numbers of many persons at once: encrypted, indexed, and each bound to its row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anjia.kernel.vault import Vault
from anjia.registers.bulk.columns import Column, objects, uuids
from anjia.registers.people import TABLE, says


def sealed(keys: Vault, kinds: Sequence[str], texts: Sequence[str], drawn: bytes) -> dict[str, Column]:
    """Gives the columns of identities that hold their numbers: row uuid, ciphertext, blind index, key, what it says.

    Args:
        texts: the numbers, as `vault.normalise` spells them.
        drawn: 16 random bytes for each row.
    """
    uids = uuids(drawn)
    stored = [keys.encrypt(text, TABLE, uid) for text, uid in zip(texts, uids, strict=True)]
    blind = [keys.blind(kind, text) for kind, text in zip(kinds, texts, strict=True)]
    return {
        "uid": objects(uids), "ciphertext": objects(stored), "blind": objects(blind),
        "key_id": np.full(len(texts), keys.current),
        "says": objects([says(text) if kind == "citizen_no" else "" for kind, text in zip(kinds, texts, strict=True)]),
    }  # fmt: skip
