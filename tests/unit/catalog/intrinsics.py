"""What CloudFormation or IAM would evaluate in a rendered template or policy."""

import json
from collections.abc import Iterator
from typing import Any

from stowage.domain.kinds import Kind, RenderRequest, Template
from tests.unit.fakes.people import project

PROJECT = project(log_bucket="stowage-logs-111111111111-eu-west-1", sftp_server_id="s-0123456789abcdef0")


def foreign_text(kind: Kind, template: Template) -> set[str]:
    """Give what is evaluated in the template and does not stand, to the letter, in that of the kind's examples."""
    name = template["Metadata"]["Stowage"]["Name"]
    examples = (kind.render(RenderRequest(PROJECT, name, spec, 1)) for spec in kind.schema["examples"])
    return evaluated(template) - {text for example in examples for text in evaluated(example)}


def evaluated(value: object) -> set[str]:
    """Give every intrinsic function with its arguments, macro, dynamic reference and policy variable, as JSON."""
    return {json.dumps(found, sort_keys=True) for found in _evaluated(value)}


def _evaluated(value: object) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            # "Condition" names a condition of the template, but in a policy's statement it holds operators.
            named_condition = name == "Condition" and isinstance(inner, str)
            if named_condition or name in {"Ref", "Transform"} or name.startswith("Fn::"):
                yield {name: inner}
            yield from _evaluated(name)
            yield from _evaluated(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _evaluated(inner)
        # Joined, two harmless texts could be one that is not: CloudFormation joins before it resolves.
        yield from _evaluated("".join(inner for inner in value if isinstance(inner, str)))
    elif isinstance(value, str) and ("${" in value or "{{" in value or "resolve:" in value):
        yield value
