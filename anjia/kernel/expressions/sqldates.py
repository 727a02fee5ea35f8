"""The functions of days as SQLGlot nodes: the same meaning as `functions`, in both dialects."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from anjia.kernel.expressions.functions import DAYS

Sql = exp.Expression


def number(value: int) -> Sql:
    """Gives a whole number as a literal."""
    literal = exp.Literal.number(abs(value))
    return exp.Paren(this=exp.Neg(this=literal)) if value < 0 else literal


def call(name: str, *arguments: Sql) -> Sql:
    """Gives a call by its SQL name, left as it is in every dialect."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def case(test: exp.Expr, yes: Sql, no: Sql) -> Sql:
    """Gives CASE WHEN test THEN yes ELSE no END."""
    return exp.Paren(this=exp.Case(ifs=[exp.If(this=test, true=yes)], default=no))


def plus(left: Sql, right: Sql) -> Sql:
    """Gives the sum in parentheses."""
    return exp.Paren(this=exp.Add(this=left.copy(), expression=right.copy()))


def minus(left: Sql, right: Sql) -> Sql:
    """Gives the difference in parentheses."""
    return exp.Paren(this=exp.Sub(this=left.copy(), expression=right.copy()))


def _part(unit: str, day: Sql) -> Sql:
    return exp.cast(exp.Extract(this=exp.var(unit), expression=day.copy()), "bigint")


def _months(day: Sql) -> Sql:
    years = exp.Mul(this=_part("YEAR", day), expression=number(12))
    return exp.Paren(this=exp.Add(this=years, expression=_part("MONTH", day)))


def _between(value: Sql, low: int, high: int) -> Sql:
    return exp.Between(this=value, low=number(low), high=number(high))


def _days_between(dialect: str, start: Sql, end: Sql) -> Sql:
    return minus(end, start)


def _months_between(dialect: str, start: Sql, end: Sql) -> Sql:
    earlier = exp.LT(this=_part("DAY", end), expression=_part("DAY", start))
    inside = exp.NEQ(this=_part("DAY", plus(end, number(1))), expression=number(1))
    short = case(exp.and_(earlier, inside), number(1), number(0))
    return minus(minus(_months(end), _months(start)), short)


def _years_between(dialect: str, start: Sql, end: Sql) -> Sql:
    first, last = (
        exp.Add(this=exp.Mul(this=_part("MONTH", day), expression=number(100)), expression=_part("DAY", day))
        for day in (start, end)
    )
    short = case(exp.LT(this=last, expression=first), number(1), number(0))
    return minus(minus(_part("YEAR", end), _part("YEAR", start)), short)


def _add_days(dialect: str, start: Sql, days: Sql) -> Sql:
    since = minus(start, exp.cast(exp.Literal.string("0001-01-01"), "date"))
    count = exp.cast(days.copy(), "bigint")
    inside = _between(plus(since, count), 0, DAYS)
    moved = exp.Add(this=start.copy(), expression=_small(days, 4_000_000))
    return case(inside, exp.Paren(this=moved), exp.null())


def _add_months(dialect: str, start: Sql, months: Sql) -> Sql:
    count = exp.cast(months.copy(), "bigint")
    inside = _between(plus(_months(start), count), 13, 9999 * 12 + 12)
    small = _small(months, 200_000)
    if dialect == "postgres":
        span = call("MAKE_INTERVAL", exp.Kwarg(this=exp.var("months"), expression=small))
    else:
        span = call("TO_MONTHS", small)
    return case(inside, exp.cast(plus(start, span), "date"), exp.null())


def _small(count: Sql, limit: int) -> Sql:
    """Gives a count that is already known to be below the limit, as a 32-bit number that cannot overflow."""
    return exp.cast(call("MOD", exp.cast(count.copy(), "bigint"), number(limit)), "int")


DATES: dict[str, Callable[..., Sql]] = {
    "days_between": _days_between,
    "months_between": _months_between,
    "years_between": _years_between,
    "add_days": _add_days,
    "add_months": _add_months,
}
"""Function name → (dialect, arguments…) → SQL; an operand may be repeated."""
