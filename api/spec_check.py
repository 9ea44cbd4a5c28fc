"""A spec from outside against its kind: defaults filled in, then schema and rules, then what an update may do."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from api.spec_faults import fault_of, outranks, pointer_step
from stowage.domain.changes import Spec
from stowage.domain.errors import InvalidSpecError
from stowage.domain.kinds import Fault, Kind, RenderRequest
from stowage.domain.projects import Project

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

FAULTS = 50
"""More tell nobody more; a hostile body must not make a long answer."""
ERRORS = 4 * FAULTS
"""As many are looked for at all, before they are sorted: a body of nothing but faults holds thousands of them."""
MANY_VERSIONS = 999_999
"""A resource's version once it has been changed a million times: no real stack is longer than the one judged by it."""


class SpecCheck:
    """The check of one kind's names and specs; its validators are built at the first write and kept."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def accept(self, name: str, body: JsonValue, *, mandatory_tags: tuple[str, ...] = ()) -> Spec:
        """Give the spec with every default filled in. Raises InvalidSpecError with all faults, the name's first.

        `mandatory_tags` are the project's; a kind without `tags` knows none.
        """
        faults = list(self._name_faults(name))
        spec: Spec = {}
        if isinstance(body, dict):
            spec = body
            faults.extend(self._spec_faults(spec))
            faults.extend(self._tag_faults(spec, mandatory_tags))
        else:
            faults.append(("", "The body must be a JSON object: the spec."))
        if faults:
            raise InvalidSpecError(tuple(faults[:FAULTS]))
        return spec

    def check_request(self, project: Project, name: str, spec: Spec) -> None:
        """Raise InvalidSpecError where an accepted spec cannot be in this project, or its stack not be at all."""
        if faults := self.kind.request_faults(RenderRequest(project, name, spec, MANY_VERSIONS)):
            raise InvalidSpecError(faults[:FAULTS])

    def check_update(self, old: Spec, new: Spec) -> None:
        """Raise InvalidSpecError where an update from `old` would do what the kind refuses."""
        if faults := self.kind.update_faults(old, new):
            raise InvalidSpecError(faults)

    def check_expiry(self, old: Spec | None, new: Spec, now: datetime) -> None:
        """Raise InvalidSpecError for access that has ended before it begins.

        Whose access has ended already keeps its moment, so that all else of it can be changed.
        """
        access = self.kind.access
        moment = None if access is None else access.expires_at(new)
        if access is None or moment is None or (old is not None and access.expires_at(old) == moment):
            return
        if datetime.fromisoformat(moment) <= now:
            raise InvalidSpecError((("/expiresAt", "is in the past: give a later moment, or none."),))

    def _spec_faults(self, spec: Spec) -> list[Fault]:
        """Fill the defaults in and give the faults; of lists and objects that are too long, their length alone."""
        schema = self.kind.schema
        found = list(islice(find_oversized(schema, schema, spec), ERRORS))
        if not found:
            fill_defaults(schema, schema, spec)
            found = list(islice(self._of_spec.iter_errors(spec), ERRORS))
        said = {tuple(error.path) for error in found if outranks(error)}
        found = [error for error in found if outranks(error) or tuple(error.path) not in said]
        errors = sorted(found, key=lambda error: [str(step) for step in error.path])
        return [fault for error in errors for fault in fault_of(error)]

    def _tag_faults(self, spec: Spec, mandatory_tags: tuple[str, ...]) -> tuple[Fault, ...]:
        tags = spec.get("tags")
        if "tags" not in self.kind.schema.get("properties", {}) or not isinstance(tags, dict):
            return ()
        missing = [tag for tag in mandatory_tags if tag not in tags]
        return tuple((f"/tags/{pointer_step(tag)}", "is missing: the project demands this tag.") for tag in missing)

    def _name_faults(self, name: str) -> tuple[Fault, ...]:
        by_schema = tuple(
            ("", f"The name {sentence}") for error in self._of_name.iter_errors(name) for _, sentence in fault_of(error)
        )
        return by_schema + self.kind.name_faults(name)

    @cached_property
    def _of_spec(self) -> "Validator":
        return _validator(self.kind.schema)

    @cached_property
    def _of_name(self) -> "Validator":
        return _validator({"$ref": "#/$defs/name", "$defs": self.kind.schema["$defs"]})


def _validator(schema: dict[str, Any]) -> "Validator":
    # Imported at the first write: reads, which are most requests, never pay its 90 ms.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(schema)


def fill_defaults(schema: Any, root: dict[str, Any], value: JsonValue) -> None:  # noqa: ANN401 -- any JSON Schema
    """Put each missing property's `default` into `value`, in place, through nested objects and lists."""
    schema = _resolved(schema, root)
    if isinstance(value, dict):
        for name, below in schema.get("properties", {}).items():
            if name not in value and isinstance(below, dict) and "default" in below:
                value[name] = deepcopy(below["default"])
    for _, below, part in _parts(schema, value):
        fill_defaults(below, root, part)


def find_oversized(
    schema: Any,  # noqa: ANN401 -- any JSON Schema
    root: dict[str, Any],
    value: JsonValue,
    path: tuple[str | int, ...] = (),
) -> "Iterator[ValidationError]":
    """Give the error of each object or list with more parts than its schema allows, without a look at those parts.

    The validator looks at every part, and at the length maybe last: of thousands, that costs seconds.
    """
    schema = _resolved(schema, root)
    keyword = "maxProperties" if isinstance(value, dict) else "maxItems"
    most = schema.get(keyword)
    if most is not None and isinstance(value, dict | list) and len(value) > most:
        yield _too_long(path, keyword, most)
        return
    for step, below, part in _parts(schema, value):
        yield from find_oversized(below, root, part, (*path, step))


def _too_long(path: tuple[str | int, ...], keyword: str, most: int) -> "ValidationError":
    from jsonschema import ValidationError  # noqa: PLC0415 -- as in _validator

    return ValidationError("", path=path, validator=keyword, validator_value=most)


def _parts(schema: dict[str, Any], value: JsonValue) -> Iterator[tuple[str | int, Any, JsonValue]]:
    """Give each part of an object or a list with its name and its schema."""
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, part in value.items():
            yield name, known.get(name, others), part
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield index, schema.get("items"), part


def _resolved(schema: Any, root: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 -- any JSON Schema
    """Give a schema with what it refers to; what is none (true, false, nothing) says nothing."""
    if not isinstance(schema, dict):
        return {}
    return {**_referred(schema["$ref"], root), **schema} if "$ref" in schema else schema


def _referred(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    """Give what a reference inside the document names; kinds have no others."""
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    if not isinstance(found, dict):
        raise TypeError(f"{reference} is no schema.")
    return found
