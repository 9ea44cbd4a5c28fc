"""What a template may ask of the local cloud: anything else fails its stack, instead of vanishing silently.

`cloudformation_support.json` lists, per resource type, the properties that ministack or this extension is known to
apply ("applied": its provisioner's code reads each of them; nested ones are not checked) and those which change
nothing that can be observed here ("ignored", each with its reason). A type or property outside the list fails its
resource with a reason that names it. After adding support for one, add it to the list.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Support = Mapping[str, Mapping[str, Any]]

SUPPORT: Support = json.loads(Path(__file__).with_name("cloudformation_support.json").read_text(encoding="utf-8"))
# CloudFormation's own types change no service, and a custom resource is its author's.
FREE = ("AWS::CloudFormation::", "Custom::")


def refuse_unsupported(resource_type: str, properties: Mapping[str, Any]) -> None:
    """Raise ValueError, naming type and property, for what the local cloud would not apply."""
    if resource_type.startswith(FREE):
        return
    known = SUPPORT.get(resource_type)
    if known is None:
        raise ValueError(f"The local cloud does not support the resource type {resource_type}")
    unknown = sorted(set(properties) - set(known["applied"]) - set(known.get("ignored", {})))
    if unknown:
        raise ValueError(f"The local cloud does not support the properties {unknown} of {resource_type}")
