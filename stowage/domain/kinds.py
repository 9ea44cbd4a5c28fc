"""What a kind is: data plus a few rules, given by a folder of `stowage.catalog`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

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


@dataclass(frozen=True, slots=True)
class Reference:
    """Another resource of the project that a spec names: a granted bucket, say.

    `pointer` is the JSON Pointer into the spec at which it is named, for the person whose spec is refused.
    """

    kind: str
    name: str
    pointer: str


@dataclass(frozen=True, slots=True)
class AccessRules:
    """How access through a resource of a kind is switched off and on: by its spec, so that the stack stays the truth.

    Attributes:
        enabled: whether a spec lets anybody in.
        with_enabled: the same spec, switched on or off.
        expires_at: when access ends by itself (ISO 8601, UTC), or None. AWS itself refuses from then on; Stowage
            tells the managers beforehand and switches it off afterwards.
    """

    enabled: Callable[[Spec], bool]
    with_enabled: Callable[[Spec, bool], Spec]
    expires_at: Callable[[Spec], str | None]


def _grants_of_spec(spec: Spec) -> tuple[JsonValue, ...]:
    grants = spec.get("grants")
    return tuple(grants) if isinstance(grants, list) else ()


@dataclass(frozen=True, slots=True)
class CredentialRules:
    """What Stowage needs to know to mint, hand over and rotate the access keys of a kind's resources.

    Attributes:
        user_name: the IAM user that a resource of this name is.
        rotate_every_days: after how many days its keys are rotated by themselves, or None.
        probe_prefix: a bucket and a prefix that a fresh key must be able to list before it counts as ready, or None
            where the spec allows no harmless look from Stowage's own address; the caller's identity is asked always.
        grants: what the keys open, for whom they are handed over to; unless told otherwise the spec's field `grants`.
    """

    user_name: Callable[[str], str]
    rotate_every_days: Callable[[Spec], int | None]
    probe_prefix: Callable[[Spec], tuple[str, str] | None]
    grants: Callable[[Spec], tuple[JsonValue, ...]] = _grants_of_spec


LONGEST_SECONDS = 60 * 60
"""As long as state AwaitStack can wait at all (workflows/change_resource.py)."""
SHORTEST_SECONDS = 15 * 60
USUAL_TIMES = 20


def deadline_seconds(usual_seconds: int | None) -> int:
    """Give how long an operation may take before it counts as still running: 20 times its usual time, 15 to 60 min."""
    if usual_seconds is None:
        return LONGEST_SECONDS
    return min(LONGEST_SECONDS, max(SHORTEST_SECONDS, USUAL_TIMES * usual_seconds))


def _no_references(_spec: Spec) -> tuple[Reference, ...]:
    return ()


def _no_request_faults(_request: RenderRequest) -> tuple[Fault, ...]:
    return ()


def _no_faults(_old: Spec, _new: Spec) -> tuple[Fault, ...]:
    return ()


def _no_name_faults(_name: str) -> tuple[Fault, ...]:
    return ()


def _is_never(_spec: Spec) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ContentRules:
    """Where a kind's resources keep what people put into them, so that it can be looked for and removed.

    Attributes:
        store_of: the S3 bucket in which a resource of this name keeps it.
        logical_id: that bucket's in the stack's template, by which CloudFormation is told to keep it.
        is_locked: whether a spec asks for Object Lock, so that something may be there that nobody can remove yet.
    """

    store_of: Callable[[str], str]
    logical_id: str
    is_locked: Callable[[Spec], bool] = _is_never


@dataclass(frozen=True, slots=True)
class DirectCheck:
    """A resource of a kind's stacks that is read from its own service, for CloudFormation's detection leaves it out.

    Attributes:
        logical_id: the resource's in the stack's template.
        type: its CloudFormation type, one that `stowage.adapters.live_resources` knows how to read.
        properties: which of its properties are held against the template; order, and whether one value stands alone
            or in a list, tell nothing (`stowage.domain.direct_checks`).
        attributes: what `Ref` ("Bucket") and `Fn::GetAtt` ("Bucket.Arn") in these properties stand for, given the
            project and the resource's name.
    """

    logical_id: str
    type: str
    properties: tuple[str, ...]
    attributes: Callable[[Project, str], Mapping[str, str]]


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
        references: the project's other resources that a spec names; each must stand, and none of them can be deleted
            while it is named.
        request_faults: rules that neither schema nor spec alone can say: they need the project (has it an SFTP
            server?) or the rendered stack (is a policy too long?).
        access: how access through it is switched off and on; None where there is nothing to switch.
        credentials: how its access keys are minted, handed over and rotated; None for a kind without.
        contents: where its resources keep what must be gone before they can be deleted; None for a kind without.
        checks: what of its stacks is read directly when drift is looked for.
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
    references: Callable[[Spec], tuple[Reference, ...]] = _no_references
    request_faults: Callable[[RenderRequest], tuple[Fault, ...]] = _no_request_faults
    access: AccessRules | None = None
    credentials: CredentialRules | None = None
    contents: ContentRules | None = None
    checks: tuple[DirectCheck, ...] = ()
    quota: int = 100
    name_is_global_in: str | None = None
