"""Reading answers strictly: what keeps to the definition is taken, nothing else gets in."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anjia.exchange.answers import MalformedError, read
from anjia.kernel.specs.interface import InterfaceSpec

CONTENT: dict[str, Any] = {
    "kind": "interface", "id": "toy", "title": {"zh": "样", "en": "toy"}, "direction": "out",
    "owner": {"zh": "样", "en": "toy"}, "valid_from": date(2026, 1, 1), "purposes": ["play"],
    "ground": [{"law": "样例"}], "path": "/v1/toy", "timeout_ms": 100,
    "field": [
        {
            "id": kind, "type": kind, "label": {"zh": kind, "en": kind}, "path": f"deep.{kind}",
            "optional": kind == "text",
        }
        for kind in ("bool", "int", "decimal", "text", "date")
    ],
    "fact": [{"id": "f.found", "found": True, "not_found": False}]
    + [{"id": f"f.{kind}", "field": kind} for kind in ("bool", "int", "decimal", "text", "date")],
}  # fmt: skip
SPEC = msgspec.convert(CONTENT, InterfaceSpec)
GOOD = {"bool": True, "int": 3, "decimal": "1.50", "text": "字", "date": "2024-02-29"}


def answer(record: Any = None, **parts: Any) -> bytes:
    envelope = {"request_id": "r", "answered_at": "2026-01-01T00:00:00+00:00", "serial": "s"}
    return json.dumps(envelope | {"found": record is not None, "record": record} | parts).encode()


def test_declared_fields_are_taken_in_their_types_and_others_are_dropped() -> None:
    reading = read(SPEC, "r", answer({"deep": GOOD | {"secret": "x"}, "salary": 9}))
    assert reading.facts == {
        "f.found": True,
        "f.bool": True,
        "f.int": 3,
        "f.decimal": Decimal("1.50"),
        "f.text": "字",
        "f.date": date(2024, 2, 29),
    }


def test_an_optional_field_may_be_absent_and_stays_unknown() -> None:
    for text in ({"text": None}, {}):
        record = {"deep": {key: value for key, value in GOOD.items() if key != "text"} | text}
        assert "f.text" not in read(SPEC, "r", answer(record)).facts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bool", 1), ("bool", "true"), ("bool", None),
        ("int", True), ("int", "3"), ("int", 3.5), ("int", 10**30),
        ("decimal", "NaN"), ("decimal", "Infinity"), ("decimal", "much"), ("decimal", True),
        ("text", 5), ("text", "a\u0000b"), ("text", "a\nb"), ("text", "x" * 501), ("text", "\ud800"),
        ("date", "2023-02-29"), ("date", "soon"), ("date", 20240101), ("date", "2024-02-29T00:00:00Z"),
    ],
)  # fmt: skip
def test_a_wrong_value_makes_the_answer_malformed_and_is_not_quoted(name: str, value: Any) -> None:
    with pytest.raises(MalformedError) as caught:
        read(SPEC, "r", answer({"deep": GOOD | {name: value}}))
    if isinstance(value, str):
        assert value not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe", b"null", b"[]", b"[" * 100_000,
        answer({"deep": GOOD}, request_id="other"),
        answer({"deep": GOOD}, found=False),
        answer(None, found=True),
        answer({"deep": GOOD}, answered_at="2026-01-01T00:00:00"),
        answer({"deep": GOOD}, serial="s\u0000"),
        answer({"deep": [GOOD]}),
        answer({"deep": "text"}),
        answer([GOOD]),
    ],
)  # fmt: skip
def test_an_answer_out_of_shape_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        read(SPEC, "r", body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["deep", *GOOD]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(JSON, st.booleans())
def test_whatever_comes_is_read_or_malformed_and_facts_have_their_types(record: Any, found: bool) -> None:
    try:
        reading = read(SPEC, "r", answer(record, found=found))
    except MalformedError:
        return
    kinds = {
        "f.found": bool,
        "f.bool": bool,
        "f.int": int,
        "f.decimal": Decimal,
        "f.text": str,
        "f.date": date,
    }
    assert all(type(value) is kinds[ident] for ident, value in reading.facts.items())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fact": [{"id": "a"}]}, "exactly one"),
        ({"fact": [{"id": "a", "found": True, "field": "int"}]}, "exactly one"),
        ({"fact": [{"id": "a", "field": "nothing"}]}, "not declared"),
        ({"fact": [{"id": "a", "found": True}] * 2}, "fact is declared twice"),
        ({"field": CONTENT["field"] * 2}, "field is declared twice"),
        ({"path": "v1/toy"}, "path must start"),
        ({"path": "/v1/toy?no=1"}, "no query"),
        ({"timeout_ms": 0}, "timeout_ms"),
        ({"purposes": []}, "purpose"),
        ({"ground": []}, "legal ground"),
        ({"optional": ["place"]}, "names no argument"),
        ({"surprise": 1}, "unknown field"),
    ],
)
def test_a_definition_that_no_query_could_run_on_is_a_fault(change: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(CONTENT | change, InterfaceSpec)
