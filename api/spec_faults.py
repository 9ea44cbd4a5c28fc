"""What a JSON Schema validator finds, as sentences for the person who filled the form in."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stowage.domain.kinds import Fault

if TYPE_CHECKING:
    from jsonschema import ValidationError

STEP_LENGTH = 128

TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "empty (null)",
}


def fault_of(error: "ValidationError") -> tuple[Fault, ...]:
    """Give pointer and sentence of each wrong field; its value is not repeated, it may be long or hostile."""
    pointer = "".join(f"/{pointer_step(str(step))}" for step in error.absolute_path)
    keyword = str(error.validator)
    # jsonschema types these as possibly unset; of an error that a validator gave they are set.
    expected: Any = error.validator_value
    instance: Any = error.instance
    if keyword == "additionalProperties" and expected is False:
        unknown = sorted(_unknown(error.schema, instance))
        return tuple((f"{pointer}/{pointer_step(name)}", "is not a field of this kind.") for name in unknown)
    if keyword == "required":
        # jsonschema gives one error per missing field and names it only in its message.
        return tuple(
            (f"{pointer}/{pointer_step(name)}", "is missing.")
            for name in expected
            if name not in instance and error.message.startswith(repr(name))
        )
    if "propertyNames" in error.absolute_schema_path:
        return ((f"{pointer}/{pointer_step(str(instance))}", f"as a key {_sentence(keyword, expected, error.schema)}"),)
    if outranks(error):
        schema: Any = error.schema
        return ((pointer, str(schema["description"])),)
    unseen = _unseen(instance) if keyword == "pattern" else None
    if unseen is not None:
        return ((pointer, unseen),)
    return ((pointer, _sentence(keyword, expected, error.schema)),)


def outranks(error: "ValidationError") -> bool:
    """Tell whether this error says all that matters of its field: a rule of its own (`allOf`), in its own words."""
    told = isinstance(error.schema, dict) and "description" in error.schema
    return told and "allOf" in error.absolute_schema_path and "$ref" not in error.absolute_schema_path


def _unseen(text: object) -> str | None:
    """Give the sentence for a character that nobody can see, which is why a text that looks right is refused."""
    if not isinstance(text, str):
        return None
    if text != text.strip() and text.strip().isprintable():
        return "begins or ends with a blank or a line break: take that away."
    for place, character in enumerate(text, start=1):
        if character in "\r\n\u2028\u2029":
            return f"has a line break after {place - 1} characters: it must be one line."
        if not character.isprintable():
            return f"has a character that cannot be seen (U+{ord(character):04X}, the {place}. one): take it away."
    return None


def _sentence(keyword: str, expected: Any, schema: Any) -> str:  # noqa: ANN401 -- whatever the keyword holds
    if keyword == "pattern":
        told = schema.get("description") if isinstance(schema, dict) else None
        return f"does not have the required form. {told}" if told else f"does not have the required form ({expected})."
    if keyword == "type":
        names = expected if isinstance(expected, list) else [expected]
        return f"must be {' or '.join(TYPES[name] for name in names)}."
    if keyword == "enum":
        return f"must be one of {', '.join(_plain(value) for value in expected)}."
    sentence = SENTENCES.get(keyword)
    return sentence(expected) if sentence else f"is not valid (rule {keyword!r})."


SENTENCES: dict[str, Callable[[Any], str]] = {
    "const": lambda value: f"must be {_plain(value)}.",
    "minLength": lambda length: f"must have at least {length} character{_s(length)}.",
    "maxLength": lambda length: f"must have at most {length} character{_s(length)}.",
    "minimum": lambda bound: f"must be at least {bound}.",
    "maximum": lambda bound: f"must be at most {bound}.",
    "exclusiveMinimum": lambda bound: f"must be more than {bound}.",
    "exclusiveMaximum": lambda bound: f"must be less than {bound}.",
    "multipleOf": lambda step: f"must be a multiple of {step}.",
    "minItems": lambda count: f"must have at least {count} item{_s(count)}.",
    "maxItems": lambda count: f"must have at most {count} item{_s(count)}.",
    "uniqueItems": lambda _: "must not have the same item twice.",
    "minProperties": lambda count: f"must have at least {count} entr{'y' if count == 1 else 'ies'}.",
    "maxProperties": lambda count: f"must have at most {count} entr{'y' if count == 1 else 'ies'}.",
    "anyOf": lambda _: "has none of the allowed forms.",
    "oneOf": lambda _: "must have exactly one of the allowed forms.",
    "not": lambda _: "has a form that is not allowed.",
    "dependentRequired": lambda needs: f"needs other fields with it ({', '.join(sorted(needs))}).",
}


def _unknown(schema: Any, instance: dict[str, Any]) -> set[str]:  # noqa: ANN401
    patterns = schema.get("patternProperties", {})
    return {
        name
        for name in instance
        if name not in schema.get("properties", {}) and not any(re.search(pattern, name) for pattern in patterns)
    }


def _plain(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False)


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def pointer_step(step: str) -> str:
    """Escape a step of a JSON Pointer (RFC 6901, section 3); an endless one is cut, it names no field of ours."""
    return step[:STEP_LENGTH].replace("~", "~0").replace("/", "~1")
