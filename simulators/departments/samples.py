"""A handful of made-up records, to try the simulator without a synthetic city (`--samples`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TENANT = "37039919900101001X"
LESSOR = "370399197002020026"
UNFILED = "370399198803030034"
BARRED = "370399197505050054"

LEASE: Mapping[str, Any] = {
    "contract_no": "ZL-1", "tenant_no": TENANT, "tenant_name": "田租客", "lessor_no": LESSOR,
    "lessor_name": "方东", "place_code": "7001", "address": "样例路1号", "start_on": "2020-01-01",
    "end_on": "2099-01-01", "filed_on": "2020-01-05", "area_m2": 80, "rent_fen": 150_000,
}  # fmt: skip
"""A filed lease that runs; tenant and lessor are persons of `people.jsonl`."""

RECORDS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "leases.jsonl": (
        LEASE,
        {**LEASE, "contract_no": "ZL-0", "start_on": "2015-01-01", "end_on": "2016-01-01"},
        {**LEASE, "contract_no": "ZL-2", "tenant_no": UNFILED, "tenant_name": "魏备案", "filed_on": None},
    ),
    "titles.jsonl": (
        {
            "title_no": "BDC-1", "holders": [{"no": LESSOR, "name": "方东", "share": 1.0}], "usage": "住宅",
            "land_right": "出让", "address": "样例路1号", "place_code": "7001", "registered_on": "2010-05-05",
            "seized": False, "mortgaged": True,
        },
    ),
    "people.jsonl": (
        {"no": TENANT, "name": "田租客", "birth_on": "1990-01-01", "sex": "1", "photo_hash": "00"},
        {"no": LESSOR, "name": "方东", "birth_on": "1970-02-02", "sex": "2", "photo_hash": "01"},
    ),
    "births.jsonl": (
        {
            "certificate_no": "Q370000001", "issued_on": "2024-03-03", "multiple": False,
            "child": {"name": "田小苗", "sex": "2", "born_on": "2024-03-01", "place": "样例医院"},
            "father": {"no": TENANT, "name": "田租客", "ethnicity": "01"},
            "mother": {"no": LESSOR, "name": "方东", "ethnicity": "01"},
        },
    ),
    "bars.jsonl": ({"no": BARRED, "barred": True, "approved": False},),
    "marriages.jsonl": (
        {
            "certificate_no": "J-1", "registered_on": "2012-02-02", "ended_on": None,
            "spouses": [{"no": TENANT, "name": "田租客"}, {"no": LESSOR, "name": "方东"}],
        },
    ),
}  # fmt: skip


def write_samples(folder: Path) -> None:
    """Writes the sample files into a folder, leaving alone what is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in RECORDS.items():
        path = folder / name
        if not path.exists():
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            path.write_text(text, encoding="utf-8")
