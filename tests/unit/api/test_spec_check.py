"""Every kind of the catalog works in the API: its examples are accepted, its defaults are valid."""

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from api.openapi.examples import name_of
from api.spec_check import SpecCheck, fill_defaults
from stowage.catalog.registry import all_kinds
from stowage.domain.errors import InvalidSpecError
from stowage.domain.kinds import Kind

if TYPE_CHECKING:
    from stowage.domain.changes import Spec

KINDS = pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.kind)


@KINDS
def test_a_kinds_examples_are_accepted(kind: Kind) -> None:
    """What the documentation shows can be sent, under the name that it shows."""
    for example in kind.schema["examples"]:
        assert SpecCheck(kind).accept(name_of(kind), deepcopy(example)).items() >= example.items()


@KINDS
def test_an_accepted_spec_is_complete(kind: Kind) -> None:
    """Accepting it again changes nothing: all defaults are in it, and they are valid themselves."""
    check = SpecCheck(kind)
    accepted = check.accept(name_of(kind), deepcopy(kind.schema["examples"][0]))

    assert check.accept(name_of(kind), deepcopy(accepted)) == accepted
    assert set(accepted) == set(kind.schema["properties"])


@KINDS
def test_a_kinds_faults_point_at_its_fields(kind: Kind) -> None:
    """An unknown field and a field of the wrong type are told with their pointers."""
    example = {**deepcopy(kind.schema["examples"][0]), "nonsense": 1}
    field = next(iter(kind.schema["properties"]))
    example[field] = [[]]

    with pytest.raises(InvalidSpecError) as refused:
        SpecCheck(kind).accept(name_of(kind), example)

    assert {"/nonsense", f"/{field}"} <= {pointer for pointer, _ in refused.value.faults}


def test_defaults_follow_references_lists_and_free_keys() -> None:
    """Wherever an object stands, it gets its defaults; a shared default is never the same object twice."""
    schema = {
        "properties": {
            "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
            "named": {"type": "object", "additionalProperties": {"$ref": "#/$defs/rule"}},
            "tags": {"default": []},
        },
        "$defs": {"rule": {"properties": {"days": {"default": 7}}}},
    }
    first: Spec = {"rules": [{}, {"days": 1}], "named": {"a": {}}}
    second: Spec = {}

    fill_defaults(schema, schema, first)
    fill_defaults(schema, schema, second)

    assert first == {"rules": [{"days": 7}, {"days": 1}], "named": {"a": {"days": 7}}, "tags": []}
    assert first["tags"] is not second["tags"]
