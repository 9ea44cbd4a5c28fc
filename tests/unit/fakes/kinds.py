"""An invented kind, so that tests rest on no real one."""

from typing import Any

from stowage.catalog.metadata import template_metadata
from stowage.domain.changes import Spec
from stowage.domain.kinds import Fault, Kind, RenderRequest, Statement, Template

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
