"""The SAM transform sees the parameters' values, as on AWS; in the emulator it sees their defaults alone.

`AWS::Serverless` resources would otherwise ignore whatever `--parameter-overrides` says: SAM resolves references to
parameters itself, in an HTTP API's CORS origins for one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-serverless.html
"""

import contextvars
from typing import Any

from ministack.services.cloudformation import engine
from samtranslator.translator import transform as sam

from local.cloud.patching import replace_function

_values: contextvars.ContextVar[dict[str, Any]] = contextvars.ContextVar("parameter_values")


def parameter_values(template: dict[str, Any], provided: Any, previous: Any) -> dict[str, Any]:
    """Return each parameter's value as a transform gets it: lists as lists, everything else as text."""
    declared = template.get("Parameters", {})
    return {
        name: _listed(value) if "List" in declared.get(name, {}).get("Type", "") else value
        for name, value in engine._transform_parameters(template, provided, previous).items()
    }


def _listed(value: Any) -> Any:
    return [item.strip() for item in value.split(",")] if isinstance(value, str) else value


def install() -> None:
    """Hand the values of the stack operation to SAM."""
    apply, translate = engine._apply_transforms, sam.transform

    def apply_transforms(template: dict[str, Any], provided: Any = None, previous: Any = None) -> Any:
        token = _values.set(parameter_values(template, provided, previous))
        try:
            return apply(template, provided, previous)
        finally:
            _values.reset(token)

    def transform(template: dict[str, Any], given: dict[str, Any], loader: Any) -> dict[str, Any]:
        translated: dict[str, Any] = translate(template, {**given, **_values.get({})}, loader)
        return translated

    replace_function(apply, apply_transforms)
    sam.transform = transform
