"""DynamoDB's expressions, as far as ours go: parsed once, evaluated on typed JSON; anything else is refused loudly.

Held to moto by test_dynamodb_expressions.py, on every expression that the rendered machine and the adapters send.
Grammar: docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
and …/Expressions.UpdateExpressions.html.
"""

import copy
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Item = dict[str, dict[str, Any]]
Names = Mapping[str, str]
Values = Mapping[str, dict[str, Any]]
Condition = Callable[[Item, Names, Values], bool]
Operand = Callable[[Item, Names, Values], dict[str, Any] | None]
Update = Callable[[Item, Names, Values], Item]

TOKEN = re.compile(r"\s*([#:]?\w+(?:\.[#]?\w+)*|<=|>=|<>|[()=<>,+-])")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class UnknownExpressionError(NotImplementedError):
    """The simulation does not know this construct: teach it, and its contract test, before it is used."""


class _Tokens:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        place = 0
        stripped = text.rstrip()
        while place < len(stripped):
            found = TOKEN.match(stripped, place)
            if found is None:
                raise UnknownExpressionError(f"{text!r} at {stripped[place:]!r}")
            self.tokens.append(found.group(1))
            place = found.end()
        self.place = 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.peek()
        if not token or (wanted and token not in wanted):
            raise UnknownExpressionError(f"{self.text!r}: {token or 'its end'} where {wanted or 'more'} should stand")
        self.place += 1
        return token

    def takes(self, token: str) -> bool:
        if self.peek() == token:
            self.place += 1
            return True
        return False


def _path(token: str, names: Names) -> list[str]:
    return [names[part] if part.startswith("#") else part for part in token.split(".")]


def _at(item: Item, path: list[str]) -> dict[str, Any] | None:
    value: dict[str, Any] | None = item.get(path[0])
    for part in path[1:]:
        value = value["M"].get(part) if value is not None and "M" in value else None
    return value


def _operand(token: str) -> Operand:
    if token.startswith(":"):
        return lambda _item, _names, values: values[token]
    if not re.fullmatch(r"#?\w+(\.#?\w+)*", token):
        raise UnknownExpressionError(f"operand {token!r}")
    return lambda item, names, _values: _at(item, _path(token, names))


def _comparable(value: dict[str, Any] | None) -> tuple[str, Any] | None:
    if value is None:
        return None
    [(kind, content)] = value.items()
    return kind, (int(content) if kind == "N" else sorted(content) if kind == "SS" else content)


def _compare(left: Operand, sign: str, right: Operand) -> Condition:
    def holds(item: Item, names: Names, values: Values) -> bool:
        a, b = _comparable(left(item, names, values)), _comparable(right(item, names, values))
        if sign == "<>":
            return a != b
        if a is None or b is None or a[0] != b[0]:
            return False
        return a[1] == b[1] if sign == "=" else COMPARE[sign](a[1], b[1])

    return holds


def _function(name: str, tokens: _Tokens) -> Condition:
    tokens.take("(")
    operand = _operand(tokens.take())
    if name == "begins_with":
        tokens.take(",")
        prefix = _operand(tokens.take())
        tokens.take(")")

        def begins(item: Item, names: Names, values: Values) -> bool:
            whole, start = operand(item, names, values), prefix(item, names, values)
            return bool(whole and start and "S" in whole and whole["S"].startswith(start["S"]))

        return begins
    tokens.take(")")
    wanted = name == "attribute_exists"
    return lambda item, names, values: (operand(item, names, values) is not None) is wanted


def _term(tokens: _Tokens) -> Condition:
    if tokens.takes("NOT"):
        inner = _term(tokens)
        return lambda *given: not inner(*given)
    if tokens.takes("("):
        inner = _or(tokens)
        tokens.take(")")
        return inner
    token = tokens.take()
    if tokens.peek() == "(":
        if token not in {"attribute_exists", "attribute_not_exists", "begins_with"}:
            raise UnknownExpressionError(f"{tokens.text!r}: the function {token}")
        return _function(token, tokens)
    left = _operand(token)
    if tokens.takes("BETWEEN"):
        low = _operand(tokens.take())
        tokens.take("AND")
        high = _operand(tokens.take())
        above, below = _compare(left, ">=", low), _compare(left, "<=", high)
        return lambda *given: above(*given) and below(*given)
    return _compare(left, tokens.take("=", "<>", "<", "<=", ">", ">="), _operand(tokens.take()))


def _and(tokens: _Tokens) -> Condition:
    terms = [_term(tokens)]
    while tokens.takes("AND"):
        terms.append(_term(tokens))
    return lambda *given: all(term(*given) for term in terms)


def _or(tokens: _Tokens) -> Condition:
    terms = [_and(tokens)]
    while tokens.takes("OR"):
        terms.append(_and(tokens))
    return lambda *given: any(term(*given) for term in terms)


@lru_cache(maxsize=512)
def condition(text: str) -> Condition:
    """Parse a condition, filter or key condition. Raises UnknownExpressionError."""
    tokens = _Tokens(text)
    parsed = _or(tokens)
    if tokens.peek():
        raise UnknownExpressionError(f"{text!r}: {tokens.peek()} after its end")
    return parsed


def _set_value(tokens: _Tokens) -> Operand:
    token = tokens.take()
    if token == "if_not_exists":
        tokens.take("(")
        there = _operand(tokens.take())
        tokens.take(",")
        otherwise = _operand(tokens.take())
        tokens.take(")")
        left: Operand = lambda *given: there(*given) or otherwise(*given)  # noqa: E731 -- named by its type
    else:
        left = _operand(token)
    if not tokens.takes("+"):
        return left
    right = _operand(tokens.take())

    def total(*given: Any) -> dict[str, Any] | None:
        a, b = left(*given), right(*given)
        if a is None or b is None:
            raise UnknownExpressionError(f"{tokens.text!r} adds to nothing")
        return {"N": str(int(a["N"]) + int(b["N"]))}

    return total


@lru_cache(maxsize=512)
def update(text: str) -> Update:
    """Parse an update expression; it gives the new item, all its values read from the old. Raises as above."""
    tokens = _Tokens(text)
    sets: list[tuple[str, Operand]] = []
    removes: list[str] = []
    while tokens.peek():
        clause = tokens.take("SET", "REMOVE", "ADD")
        while True:
            path = tokens.take()
            if clause == "SET":
                tokens.take("=")
                sets.append((path, _set_value(tokens)))
            elif clause == "REMOVE":
                removes.append(path)
            else:
                sets.append((path, _added(path, _operand(tokens.take()))))
            if not tokens.takes(","):
                break

    def apply(item: Item, names: Names, values: Values) -> Item:
        new = copy.copy(item)
        for path, value in sets:
            [attribute] = _path(path, names)
            new_value = value(item, names, values)
            if new_value is None:
                raise UnknownExpressionError(f"{text!r} sets {attribute} to nothing")
            new[attribute] = new_value
        for path in removes:
            [attribute] = _path(path, names)
            new.pop(attribute, None)
        return new

    return apply


def _added(path: str, operand: Operand) -> Operand:
    here = _operand(path)

    def total(*given: Any) -> dict[str, Any]:
        before, by = here(*given) or {"N": "0"}, operand(*given)
        if by is None or "N" not in before or "N" not in by:
            raise UnknownExpressionError(f"ADD {path} of something that is no number")
        return {"N": str(int(before["N"]) + int(by["N"]))}

    return total
