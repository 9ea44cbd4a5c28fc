"""A spec from outside against its kind: defaults filled in, then schema and rules, then what an update may do."""

from copy import deepcopy
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from api.spec_faults import fault_of
from stowage.domain.changes import Spec
from stowage.domain.errors import InvalidSpecError
from stowage.domain.kinds import Fault, Kind

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

FAULTS = 50
"""More tell nobody more; a hostile body must not make a long answer."""
ERRORS = 4 * FAULTS
"""As many are looked for at all, before they are sorted: a body of nothing but faults holds thousands of them."""


class SpecCheck:
    """The check of one kind's names and specs; its validators are built at the first write and kept."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def accept(self, name: str, body: JsonValue) -> Spec:
        """Give the spec with every default filled in. Raises InvalidSpecError with all faults, the name's first."""
        faults = list(self._name_faults(name))
        spec: Spec = {}
        if isinstance(body, dict):
            spec = body
            fill_defaults(self.kind.schema, self.kind.schema, spec)
            found = islice(self._of_spec.iter_errors(spec), ERRORS)
            errors = sorted(found, key=lambda error: [str(step) for step in error.path])
            faults.extend(fault for error in errors for fault in fault_of(error))
        else:
            faults.append(("", "The body must be a JSON object: the spec."))
        if faults:
            raise InvalidSpecError(tuple(faults[:FAULTS]))
        return spec

    def check_update(self, old: Spec, new: Spec) -> None:
        """Raise InvalidSpecError where an update from `old` would do what the kind refuses."""
        if faults := self.kind.update_faults(old, new):
            raise InvalidSpecError(faults)

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
    if isinstance(schema, dict) and "$ref" in schema:
        schema = {**_referred(schema["$ref"], root), **schema}
    if not isinstance(schema, dict):
        return
    if isinstance(value, dict):
        for name, below in schema.get("properties", {}).items():
            if name not in value and isinstance(below, dict) and "default" in below:
                value[name] = deepcopy(below["default"])
            if name in value:
                fill_defaults(below, root, value[name])
        others = schema.get("additionalProperties")
        for name in value.keys() - schema.get("properties", {}).keys():
            fill_defaults(others, root, value[name])
    elif isinstance(value, list):
        for item in value:
            fill_defaults(schema.get("items"), root, item)


def _referred(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    """Give what a reference inside the document names; kinds have no others."""
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    if not isinstance(found, dict):
        raise TypeError(f"{reference} is no schema.")
    return found
