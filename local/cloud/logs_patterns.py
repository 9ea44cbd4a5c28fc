"""Filter patterns of CloudWatch Logs: terms, and conditions on the fields of JSON; what is not known here is refused.

Terms (`ERROR "not found" -debug ?a ?b`) are searched in the message, upper and lower case apart. Conditions
(`{ $.status >= 400 && ($.route = "x*" || $.list[0] != 1) }`) hold for messages that are JSON and have the field; `*`
in a text stands for anything. Not known: IS, EXISTS, `%regular expressions%`, and `[columns]`.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import operator
import re
import shlex
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

Matches = Callable[[str], bool]
Condition = Callable[[Any], bool]

TOKEN = re.compile(r'\s*(&&|\|\||!=|<=|>=|[=<>(){}]|"(?:[^"\\]|\\.)*"|[^\s=<>!(){}&|"]+)')
SELECTOR = re.compile(r"\$(?:\.[A-Za-z0-9_@-]+|\[\d+\])+")
STEP = re.compile(r"\.([A-Za-z0-9_@-]+)|\[(\d+)\]")
ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
MISSING = object()


class UnknownPatternError(ValueError):
    """The pattern is wrong, or beyond what is known here."""


def compiled(pattern: str) -> Matches:
    """Give the test of a message. Raises UnknownPatternError."""
    text = pattern.strip()
    if not text.startswith("{"):
        return _terms(text)
    condition = _Parser(text).whole()

    def matches(message: str) -> bool:
        try:
            fields = json.loads(message)
        except ValueError:
            return False
        return condition(fields)

    return matches


def _terms(text: str) -> Matches:
    if text.startswith("[") or "%" in text:
        raise UnknownPatternError(f"The local cloud does not know filter patterns such as {text}")
    try:
        terms = shlex.split(text)
    except ValueError as error:
        raise UnknownPatternError(f"{text}: {error}") from error
    without = [term[1:] for term in terms if term.startswith("-")]
    one_of = [term[1:] for term in terms if term.startswith("?")]
    wanted = [term for term in terms if not term.startswith(("-", "?"))]

    def matches(message: str) -> bool:
        found = all(term in message for term in wanted) and not any(term in message for term in without)
        return found and (not one_of or any(term in message for term in one_of))

    return matches


class _Parser:
    """Conditions joined by `&&`, which binds more tightly, and `||`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            token = TOKEN.match(text, at)
            if token is None:
                raise self._error()
            self._tokens.append(token[1])
            at = token.end()

    def whole(self) -> Condition:
        """Parse `{ … }`."""
        self._take("{")
        condition = self._any_of()
        self._take("}")
        if self._tokens:
            raise self._error()
        return condition

    def _any_of(self) -> Condition:
        conditions = [self._all_of()]
        while self._tokens[:1] == ["||"]:
            self._take("||")
            conditions.append(self._all_of())
        return lambda fields: any(condition(fields) for condition in conditions)

    def _all_of(self) -> Condition:
        conditions = [self._one()]
        while self._tokens[:1] == ["&&"]:
            self._take("&&")
            conditions.append(self._one())
        return lambda fields: all(condition(fields) for condition in conditions)

    def _one(self) -> Condition:
        if self._tokens[:1] == ["("]:
            self._take("(")
            condition = self._any_of()
            self._take(")")
            return condition
        selector, comparison, wanted = self._take(), self._take(), self._take()
        if not SELECTOR.fullmatch(selector) or wanted[0] in "%(){}=<>&|":
            raise self._error()
        if comparison in ORDERS:
            return self._order(selector, comparison, wanted)
        if comparison not in {"=", "!="}:
            raise self._error()
        equal = _equality(wanted)

        def holds(fields: Any) -> bool:
            value = _value(fields, selector)
            return value is not MISSING and equal(value) == (comparison == "=")

        return holds

    def _order(self, selector: str, comparison: str, wanted: str) -> Condition:
        number = _number(wanted)
        if number is None:
            raise self._error()

        def holds(fields: Any) -> bool:
            value = _number(_value(fields, selector))
            return value is not None and ORDERS[comparison](value, number)

        return holds

    def _take(self, wanted: str | None = None) -> str:
        if not self._tokens or wanted not in {None, self._tokens[0]}:
            raise self._error()
        return self._tokens.pop(0)

    def _error(self) -> UnknownPatternError:
        return UnknownPatternError(f"The local cloud does not know the filter pattern {self._text}")


def _value(fields: Any, selector: str) -> Any:
    value = fields
    for name, index in STEP.findall(selector):
        if name and isinstance(value, dict) and name in value:
            value = value[name]
        elif index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            return MISSING
    return value


def _equality(wanted: str) -> Condition:
    quoted = wanted.startswith('"')
    text = json.loads(wanted) if quoted else wanted
    number = None if quoted else _number(wanted)
    # Of a shell's signs only the star means anything.
    pattern = re.sub(r"([\[?])", r"[\1]", text)

    def equal(value: Any) -> bool:
        if number is not None and (found := _number(value)) is not None:
            return found == number
        return isinstance(value, str | int | float) and fnmatchcase(_text(value), pattern)

    return equal


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None
