"""What a kind is: data plus a few rules, given by a folder of `stowage.catalog`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stowage.domain.changes import Spec
from stowage.domain.projects import Project

Template = dict[str, Any]
"""A CloudFormation template as JSON."""

Statement = dict[str, Any]
"""One statement of an IAM policy document."""

Fault = tuple[str, str]
"""A JSON Pointer into the spec ("" for the name or the whole) and a sentence."""


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """What a kind needs to know to render a resource's stack."""

    project: Project
    name: str
    spec: Spec
    version: int


def _no_faults(_old: Spec, _new: Spec) -> tuple[Fault, ...]:
    return ()


def _no_name_faults(_name: str) -> tuple[Fault, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource that a manager may ask for.

    Attributes:
        kind: its stable name: lower-case words of letters, joined by hyphens.
        path: its segment in the API's URLs.
        title: its name for people.
        schema: the JSON Schema (draft 2020-12) of its spec; `$defs.name` is the schema of a resource's name;
            `examples` holds at least one complete spec.
        usual_seconds: how long an operation on its stack usually takes; deadlines derive from it.
        render: gives the stack's CloudFormation template. Pure; equal requests give equal templates.
        name_faults: rules of the name that its schema cannot say.
        update_faults: what an update from an old spec to a new one may not do (a replacement, say).
        service_statements: what CloudFormation's service role needs in a project's account for this kind.
        boundary_statements: what identities of this kind may at most do; goes into the permissions boundary.
        quota: how many of it a project may have, unless the project's own quotas say otherwise.
        name_is_global_in: the AWS service in which the name must be unique worldwide ("s3"), or None.
    """

    kind: str
    path: str
    title: str
    schema: dict[str, Any]
    usual_seconds: int
    render: Callable[[RenderRequest], Template]
    service_statements: Callable[[], tuple[Statement, ...]]
    boundary_statements: Callable[[], tuple[Statement, ...]] = field(default=tuple)
    name_faults: Callable[[str], tuple[Fault, ...]] = _no_name_faults
    update_faults: Callable[[Spec, Spec], tuple[Fault, ...]] = _no_faults
    quota: int = 100
    name_is_global_in: str | None = None
