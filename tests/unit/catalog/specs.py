"""Specs that a kind's schema allows, for property tests.

Written for the part of JSON Schema that the catalog's schemas use; every spec is checked against the schema itself,
so that a keyword this module does not know makes a test fail, not pass.
"""

from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from stowage.domain.kinds import Kind

NOISE = "aZ09 ._-+=:/@é東🚢$%{}\"'\\<>&"
"""Characters that are allowed, escaped or meant as something somewhere."""

LONGEST_LIST = 3
LONG = 50


def valid_specs(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Give a strategy for what the schema allows."""
    return _values(schema).filter(Draft202012Validator(schema).is_valid)


def valid_names(kind: Kind) -> st.SearchStrategy[str]:
    """Give a strategy for the names that the kind allows."""
    return _texts(kind.schema["$defs"]["name"]).filter(lambda name: not kind.name_faults(name))


def _values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of(*(_of_type(name, schema) for name in types))


def _of_type(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    match name:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "array":
            most = min(schema["maxItems"], LONGEST_LIST)
            return st.lists(
                _values(schema["items"]),
                min_size=schema.get("minItems", 0),
                max_size=most,
                unique_by=repr if schema.get("uniqueItems") else None,
            )
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "string":
            return _texts(schema)
        case "object" if "properties" in schema:
            fields = {field: _values(each) for field, each in schema["properties"].items()}
            required = {field: fields.pop(field) for field in schema.get("required", [])}
            return st.fixed_dictionaries(required, optional=fields)
        case "object":
            names, values = _texts(schema["propertyNames"]), _values(schema["additionalProperties"])
            return st.dictionaries(names, values, max_size=5)
        case _:
            raise AssertionError(f"No strategy for {name}.")


def _texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    valid = Draft202012Validator({"type": "string", **schema}).is_valid
    noise = st.text(NOISE, max_size=30)
    if schema.get("minLength", 0) > LONG:
        # A text by such a pattern is long, costly and rarely valid: its examples, changed a little, tell as much.
        changed = st.tuples(st.sampled_from(schema["examples"]), st.integers(LONG), st.sampled_from(NOISE))
        return changed.map(lambda change: _with_character(*change)).filter(valid)
    return (
        st.one_of(st.from_regex(schema["pattern"]), noise).map(lambda text: text[: schema["maxLength"]]).filter(valid)
    )


def _with_character(text: str, place: int, character: str) -> str:
    place %= len(text)
    return text[:place] + character + text[place + 1 :]
