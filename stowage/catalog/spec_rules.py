"""Rules that the specs of several kinds share, and that a JSON Schema cannot say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from stowage.domain.changes import Spec
from stowage.domain.kinds import Fault

RESERVED_PREFIXES = ("aws", "stowage-")
"""What AWS's own and Stowage's own identities are called by."""


def identity_name_faults(name: str) -> tuple[Fault, ...]:
    """Tell why an identity may not be called so, though its form is right."""
    return tuple(
        ("", f"Names that begin with {prefix} are reserved: choose another.")
        for prefix in RESERVED_PREFIXES
        if name.startswith(prefix)
    )


def expiry_faults(spec: Spec) -> tuple[Fault, ...]:
    """Tell whether `expiresAt` is a moment that the calendar does not have (30 February)."""
    moment = expires_at(spec)
    if moment is None:
        return ()
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return (("/expiresAt", "The calendar has no such moment."),)
    return ()


def tag_faults(spec: Spec) -> tuple[Fault, ...]:
    """Tell which tags differ in capitals alone: IAM takes them for one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
    """
    seen: dict[str, str] = {}
    faults = []
    for key in sorted(cast("dict[str, str]", spec.get("tags") or {})):
        first = seen.setdefault(key.lower(), key)
        if first != key:
            step = key.replace("~", "~0").replace("/", "~1")
            faults.append((f"/tags/{step}", "There is another tag whose name differs from this one in capitals alone."))
    return tuple(faults)


def stack_tags(spec: Spec) -> list[dict[str, str]]:
    """Give an identity's tags as CloudFormation takes them, by key."""
    extra = cast("dict[str, str]", spec.get("tags") or {})
    own = {"stowage:owner": str(spec["owner"]), "stowage:cost-centre": str(spec["costCentre"])}
    return [{"Key": key, "Value": value} for key, value in sorted((extra | own).items())]


def entries(spec: Spec, field: str) -> tuple[Mapping[str, Any], ...]:
    """Give a list of objects of the spec; its schema has judged it."""
    return tuple(cast("list[dict[str, Any]]", spec[field]))


def is_enabled(spec: Spec) -> bool:
    """Tell whether a spec lets anybody in."""
    return spec.get("enabled", True) is True


def with_enabled(spec: Spec, enabled: bool) -> Spec:  # noqa: FBT001 -- the form of AccessRules
    """Give the same spec, switched on or off."""
    return {**spec, "enabled": enabled}


def expires_at(spec: Spec) -> str | None:
    """Give when access ends by itself, or None."""
    return cast("str | None", spec.get("expiresAt"))
