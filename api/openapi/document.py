"""The document as a whole."""

import re
from typing import Any

from api.openapi.operations import operation_of
from api.openapi.parts import HEADERS, PARAMETERS, responses
from api.openapi.schemas import schemas_of
from api.routes import every_route
from stowage.domain.kinds import Kind

DESCRIPTION = """\
Create, change and remove hardened resources in the AWS accounts of your projects.

A write answers at once with a **change**: one Step Functions execution, which locks the resource, lets CloudFormation
work, and ends with a stable outcome. Reads are answered from a mirror and never wait for CloudFormation. Errors are
problems (RFC 9457): switch on the last segment of `type`, show `detail`."""


def document_of(kinds: tuple[Kind, ...]) -> dict[str, Any]:
    """Give the OpenAPI 3.1 document of the API with these kinds; equal kinds give an equal document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in every_route(kinds):
        operations = paths.setdefault(re.sub(r"<(\w+)>", r"{\1}", route.path), {})
        operations[route.method.lower()] = operation_of(route, kinds)
    tags = dict.fromkeys(tag for path in paths.values() for operation in path.values() for tag in operation["tags"])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stowage",
            "version": "1.0.0",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The HTTP API; its address is the stack's output."}],
        "tags": [{"name": tag} for tag in tags],
        "security": [{"accessToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The **access** token of a sign-in at the Cognito user pool (not the ID token).",
                }
            },
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": responses(),
            "schemas": schemas_of(kinds),
        },
    }
