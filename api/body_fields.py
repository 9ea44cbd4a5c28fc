"""Reading the few fields of a small body: every fault with its pointer, nothing guessed."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from api.http import Request
from api.strict_json import parse_json
from stowage.domain.errors import InvalidSpecError

Check = Callable[[JsonValue], str | None]
"""Gives a sentence for a value that is wrong, None for one that is right."""


def read_fields(
    request: Request, checks: Mapping[str, Check], *, required: tuple[str, ...] = ()
) -> dict[str, JsonValue]:
    """Give the body's fields; without a required one the whole body may be left out.

    Raises InvalidSpecError with a pointer for each fault, and what `Request.json_text` and `parse_json` raise.
    """
    if not required and not request.raw_body:
        return {}
    body = parse_json(request.json_text())
    if not isinstance(body, dict):
        raise InvalidSpecError((("", "The body must be a JSON object."),))
    known = ", ".join(checks)
    faults = [("", f"The body has no other field than {known}.")] if body.keys() - checks.keys() else []
    faults += [(f"/{name}", "is missing.") for name in required if name not in body]
    for name, check in checks.items():
        sentence = check(body[name]) if name in body else None
        if sentence is not None:
            faults.append((f"/{name}", sentence))
    if faults:
        raise InvalidSpecError(tuple(faults))
    return body


def whole_number(lowest: int, highest: int) -> Check:
    """Give the check of a whole number within bounds."""

    def check(value: JsonValue) -> str | None:
        # True is a number to Python, and to nobody else.
        right = isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest
        return None if right else f"must be a whole number from {lowest} to {highest}."

    return check


def one_of(*words: str) -> Check:
    """Give the check of one word of several; null is none of them, but no fault."""

    def check(value: JsonValue) -> str | None:
        return None if value is None or value in words else f"must be one of {', '.join(words)}."

    return check


def text(shortest: int, longest: int) -> Check:
    """Give the check of a text of so many characters; null is no text, but no fault."""

    def check(value: JsonValue) -> str | None:
        right = value is None or (isinstance(value, str) and shortest <= len(value) <= longest)
        return None if right else f"must be {shortest} to {longest} characters."

    return check
