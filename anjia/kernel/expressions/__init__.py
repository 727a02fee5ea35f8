"""The expression: one small language for rules, forms, routes and checks, with true, false and unknown.

One tree, four readers that agree: closures for one case, NumPy columns, PostgreSQL and DuckDB.

Unknown is `None` and NULL. Comparison, arithmetic and functions of something unknown are unknown; `and`,
`or`, `not` follow Kleene; `x in (…)` is unknown when nothing equal is known and something is unknown.
`is_known(x)`, and `x is not None` as its other spelling, is the one test that is never unknown: it asks
about our knowledge, never about the world. A fact that can truly be absent (a card without an expiry)
therefore gets a truth value of its own beside it.
"""

from __future__ import annotations

from anjia.kernel.expressions.checking import check
from anjia.kernel.expressions.closures import Closure, Facts, compile, evaluate
from anjia.kernel.expressions.columns import Reading, columns
from anjia.kernel.expressions.grammar import ALLOWED, Expression, parse
from anjia.kernel.expressions.sql import to_sql
from anjia.kernel.expressions.tracing import Trace, trace, tracer

__all__ = [
    "ALLOWED", "Closure", "Expression", "Facts", "Reading", "Trace", "check", "columns", "compile", "evaluate", "parse",
    "to_sql", "trace", "tracer",
]  # fmt: skip
