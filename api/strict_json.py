"""JSON from strangers: what two parsers could read in two ways is refused."""

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from pydantic import JsonValue

from stowage.domain.errors import InvalidRequestError

DEPTH = 32
"""Deeper than any spec; far below where Python's recursion ends."""
EXACT = 2**53
"""Below this every whole number is exact in every JSON parser (RFC 8259, section 6)."""


def parse_json(text: str) -> JsonValue:
    """Parse one JSON document.

    Raises InvalidRequestError for duplicate keys, NaN and Infinity, numbers that no double holds, nesting deeper than
    32, unpaired surrogates, and whatever is no JSON. `1.0` is read as `1`: in JSON Schema they are the same number.
    """
    try:
        value: JsonValue = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except RecursionError as error:
        raise InvalidRequestError(f"The body is nested deeper than {DEPTH} levels.") from error
    except ValueError as error:
        raise InvalidRequestError("The body is not valid JSON.") from error
    _check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise InvalidRequestError("The body has an object with the same key twice.")
    return content


def _constant(_name: str) -> NoReturn:
    raise InvalidRequestError("The body has a number that JSON does not know (NaN or Infinity).")


def _float(text: str) -> float | int:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidRequestError("The body has a number that is too large.")
    return int(number) if number.is_integer() and abs(number) < EXACT else number


def _int(text: str) -> int:
    # Bounded before int() looks at it: its cost grows with the square of the digits.
    if len(text) > len(str(EXACT)) + 1 or abs(int(text)) > EXACT:
        raise InvalidRequestError("The body has a number that is too large.")
    return int(text)


def _check(value: JsonValue) -> None:
    """Walk level by level, so that depth costs no recursion."""
    level: list[Any] = [value]
    for _ in range(DEPTH + 1):
        _check_texts(item for item in level if isinstance(item, str))
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                _check_texts(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return
        level = below
    raise InvalidRequestError(f"The body is nested deeper than {DEPTH} levels.")


def _check_texts(texts: Iterable[str]) -> None:
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequestError("The body has an unpaired surrogate, which is no character.") from error
