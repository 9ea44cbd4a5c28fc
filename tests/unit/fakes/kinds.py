"""Two invented kinds, so that tests rest on no real one: crates, and pallets that name the crates they carry."""

from dataclasses import replace
from typing import Any

from stowage.catalog.metadata import template_metadata
from stowage.domain.changes import Spec
from stowage.domain.kinds import (
    AccessRules,
    ContentRules,
    CredentialRules,
    Fault,
    Kind,
    Reference,
    RenderRequest,
    Statement,
    Template,
)

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://stowage.dev/kinds/crate.json",
    "title": "Crate",
    "description": "A wooden crate.",
    "type": "object",
    "additionalProperties": False,
    "required": ["description"],
    "properties": {
        "description": {"type": "string", "title": "Description", "minLength": 1, "maxLength": 256},
        "size": {"type": "string", "enum": ["small", "large"], "default": "small", "title": "Size"},
        "weight": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10, "title": "Weight in kg"},
        "lid": {
            "type": "object",
            "title": "Lid",
            "additionalProperties": False,
            "default": {},
            "properties": {"locked": {"type": "boolean", "default": True, "title": "Locked"}},
        },
        "labels": {
            "type": "object",
            "title": "Labels",
            "default": {},
            "maxProperties": 3,
            "propertyNames": {"pattern": "^[a-z]+$"},
            "additionalProperties": {"$ref": "#/$defs/label"},
        },
    },
    "examples": [
        {"description": "Apples", "size": "large", "weight": 20, "lid": {"locked": False}, "labels": {"team": "fruit"}}
    ],
    "$defs": {
        "name": {"type": "string", "minLength": 3, "maxLength": 63, "pattern": "^[a-z][a-z0-9-]*$", "title": "Name"},
        "label": {"type": "string", "maxLength": 20},
    },
}


def box() -> Kind:
    """Give a crate that holds what people put into it."""
    return replace(
        crate(),
        kind="box",
        path="boxes",
        title="Box",
        contents=ContentRules(store_of=lambda name: name, logical_id="Box"),
    )


def render(request: RenderRequest) -> Template:
    """Give a template that changes with every field of the spec."""
    return {
        "Resources": {"Crate": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": request.name}}},
        "Metadata": template_metadata("crate", request),
    }


def _name_faults(name: str) -> tuple[Fault, ...]:
    return (("", "A name must not contain two hyphens in a row."),) if "--" in name else ()


def _update_faults(old: Spec, new: Spec) -> tuple[Fault, ...]:
    return (("/size", "The size of a crate cannot be changed."),) if old.get("size") != new.get("size") else ()


def _statements() -> tuple[Statement, ...]:
    return ({"Effect": "Allow", "Action": ["s3:CreateBucket"], "Resource": "arn:aws:s3:::*"},)


def safe(**fields: Any) -> Kind:
    """Give the kind `safe`: a crate with credentials, which its spec can switch off and let expire."""
    properties = {
        **SCHEMA["properties"],
        "enabled": {"type": "boolean", "default": True, "title": "Enabled"},
        "expiresAt": {"type": "string", "format": "date-time", "title": "Expires at"},
        "rotateEveryDays": {"type": "integer", "minimum": 1, "title": "Rotate every so many days"},
        "grants": {"type": "array", "items": {"type": "object"}, "title": "Grants"},
    }
    example = {
        **SCHEMA["examples"][0],
        "enabled": True,
        "expiresAt": "2027-11-23T09:00:00Z",
        "rotateEveryDays": 90,
        "grants": [{"bucket": "apples", "access": ["read"]}],
    }
    given: dict[str, Any] = {
        "kind": "safe",
        "path": "safes",
        "title": "Safe",
        "schema": {
            **SCHEMA,
            "$id": "https://stowage.dev/kinds/safe.json",
            "properties": properties,
            "examples": [example],
        },
        "name_is_global_in": None,
        "access": AccessRules(
            enabled=lambda spec: spec.get("enabled") is not False,
            with_enabled=lambda spec, enabled: {**spec, "enabled": enabled},
            expires_at=lambda spec: str(spec["expiresAt"]) if "expiresAt" in spec else None,
        ),
        "credentials": CredentialRules(
            user_name=lambda name: f"stowage-{name}",
            rotate_every_days=lambda spec: int(str(spec["rotateEveryDays"])) if "rotateEveryDays" in spec else None,
            probe_prefix=lambda _spec: None,
        ),
    }
    return crate(**{**given, **fields})


def crate(**fields: Any) -> Kind:
    """Give the kind `crate`; its names are unique worldwide."""
    given: dict[str, Any] = {
        "kind": "crate",
        "path": "crates",
        "title": "Crate",
        "schema": SCHEMA,
        "usual_seconds": 30,
        "render": render,
        "service_statements": _statements,
        "name_faults": _name_faults,
        "update_faults": _update_faults,
        "name_is_global_in": "s3",
    }
    return Kind(**{**given, **fields})


PALLET_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://stowage.dev/kinds/pallet.json",
    "title": "Pallet",
    "description": "A pallet and the crates on it.",
    "type": "object",
    "additionalProperties": False,
    "required": ["crates"],
    "properties": {
        "crates": {"type": "array", "title": "Crates", "maxItems": 20, "items": {"type": "string"}},
        "wrapped": {"type": "boolean", "default": False, "title": "Wrapped"},
    },
    "examples": [{"crates": ["apples"], "wrapped": True}],
    "$defs": {"name": SCHEMA["$defs"]["name"]},
}


def _crates_of(spec: Spec) -> tuple[Reference, ...]:
    crates: Any = spec["crates"]
    return tuple(Reference("crate", name, f"/crates/{index}") for index, name in enumerate(crates))


def _render_pallet(request: RenderRequest) -> Template:
    return {
        "Resources": {"Pallet": {"Type": "AWS::IAM::User", "Properties": {"UserName": request.name}}},
        "Metadata": template_metadata("pallet", request),
    }


def pallet() -> Kind:
    """Give the kind `pallet`, whose specs name crates."""
    return Kind(
        kind="pallet",
        path="pallets",
        title="Pallet",
        schema=PALLET_SCHEMA,
        usual_seconds=10,
        render=_render_pallet,
        service_statements=tuple,
        references=_crates_of,
    )
