"""Every kind of the catalog works in the API: its examples are accepted, its defaults are valid."""

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from api.openapi.examples import name_of
from api.spec_check import ERRORS, FAULTS, SpecCheck, fill_defaults
from stowage.catalog.registry import all_kinds
from stowage.domain.errors import InvalidSpecError
from stowage.domain.kinds import Fault, Kind, RenderRequest
from tests.unit.api.world import World
from tests.unit.fakes.kinds import SCHEMA, crate

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


def test_what_a_kind_says_of_the_whole_request_is_422() -> None:
    """A rule that needs the project, or the stack, refuses before anything begins; it sees the defaults filled in."""
    seen: list[RenderRequest] = []

    def request_faults(request: RenderRequest) -> tuple[Fault, ...]:
        seen.append(request)
        return (("/size", "The project has no room for it."),)

    world = World(crate(request_faults=request_faults))

    reply = world.put("first", {"description": "Apples"})

    assert (reply.status, reply.slug, reply.json["pointer"]) == (422, "invalid-spec", "/size")
    assert [(each.project.id, each.name, each.spec["size"]) for each in seen] == [("apollo", "first", "small")]
    world.assert_nothing_begun()


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


class Counted:
    """A validator that counts the errors it is asked for."""

    def __init__(self, check: SpecCheck) -> None:
        """Stand before the check's own."""
        self._validator, self.pulled = check._of_spec, 0
        check.__dict__["_of_spec"] = self

    def iter_errors(self, spec: Any) -> Iterator[object]:
        """Give the errors one by one."""
        for error in self._validator.iter_errors(spec):
            self.pulled += 1
            yield error


def test_a_body_of_faults_is_looked_at_little_further_than_it_is_told() -> None:
    """A hundred thousand wrong items cost no more than the first few hundred."""
    lists = {**SCHEMA, "properties": {**SCHEMA["properties"], "weights": {"type": "array", "items": {"minimum": 1}}}}
    check = SpecCheck(crate(schema=lists))
    counted = Counted(check)

    with pytest.raises(InvalidSpecError) as refused:
        check.accept("apples", {"description": "a", "weights": [0] * (ERRORS + 100)})

    assert counted.pulled == ERRORS
    assert len(refused.value.faults) == FAULTS


@pytest.mark.parametrize("key", ["x{}", "X{}"], ids=["good keys", "bad keys"])
def test_what_is_too_long_is_told_without_a_look_at_its_parts(key: str) -> None:
    """However many entries there are, good or bad: one fault, and nothing else is validated."""
    check = SpecCheck(crate())
    counted = Counted(check)
    labels: Any = {key.format("y" * length): "v" for length in range(1000)}

    with pytest.raises(InvalidSpecError) as refused:
        check.accept("apples", {"description": 1, "labels": labels})

    assert refused.value.faults == (("/labels", "must have at most 3 entries."),)
    assert counted.pulled == 0


@KINDS
def test_a_kinds_lists_and_free_objects_have_a_most(kind: Kind) -> None:
    """Without one a valid but endless body would be validated to its end."""
    assert list(_endless(kind.schema)) == []


def test_an_endless_list_or_object_of_a_kind_is_found() -> None:
    """The test above can fail."""
    assert list(_endless({"properties": {"a": {"type": "array"}, "b": {"type": "object"}}})) == [
        "#/properties/a",
        "#/properties/b",
    ]


def _endless(schema: Any, pointer: str = "#") -> Iterator[str]:
    """Give the pointer of each schema of a list without maxItems, or of a free object without maxProperties."""
    if isinstance(schema, dict):
        kind_of_value = schema.get("type", ())
        if "array" in kind_of_value and "maxItems" not in schema:
            yield pointer
        free = "object" in kind_of_value and schema.get("additionalProperties") is not False
        if free and "maxProperties" not in schema:
            yield pointer
    parts = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for step, below in parts:
        yield from _endless(below, f"{pointer}/{step}")
