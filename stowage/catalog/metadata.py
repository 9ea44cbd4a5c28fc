"""What a resource's stack says of itself in its own template (invariant M3), written and read in one place."""

import base64
import json
from typing import Any

from stowage.domain.changes import canonical_json
from stowage.domain.kinds import RenderRequest, Template
from stowage.domain.survey import Origin

SECTION = "Stowage"


def template_metadata(kind: str, request: RenderRequest) -> dict[str, Any]:
    """Give the template's `Metadata` for a resource of `kind`.

    The spec is base64url of its canonical JSON: nothing in a manager's text can then be read as an intrinsic
    function, a dynamic reference or a `Fn::Sub` variable (invariant S2).
    """
    spec = base64.urlsafe_b64encode(canonical_json(request.spec).encode()).decode()
    return {SECTION: {"Kind": kind, "Name": request.name, "Version": request.version, "Spec": spec}}


def version_mark(request: RenderRequest) -> dict[str, Any]:
    """Give the `Metadata` attribute of a stack's main resource: a mark that differs with each accepted spec.

    CloudFormation sees no update in a template whose own `Metadata` alone has changed ("No updates are to be
    performed", https://github.com/aws/aws-cdk/issues/28205), so a spec that differs only in what no property shows (a
    description), and a version, would never reach the stack, and a mirror rebuilt from it would be stale. A resource's
    attribute counts.
    """
    return {SECTION: {"Version": request.version}}


def spec_from_template(template: Template) -> Origin:
    """Give what `template_metadata` wrote; raises ValueError when the template is not one of Stowage's."""
    try:
        section = template["Metadata"][SECTION]
        spec = json.loads(base64.urlsafe_b64decode(section["Spec"]))
        origin = Origin(section["Kind"], section["Name"], int(section["Version"]), spec)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("The template carries no readable Metadata.Stowage.") from error
    if not isinstance(spec, dict) or not isinstance(origin.kind, str) or not isinstance(origin.name, str):
        raise ValueError("The template's Metadata.Stowage has another form.")  # noqa: TRY004 - it is data
    return origin
