"""Which actions a step of a stack asks of its role, with the condition keys that each carries.

`cloudformation_actions.json` tells them per type: those of the verb itself, one for each property that is set or
changed ("properties", or "changed" where creating includes it), and one for each that is taken away ("removed", unless
"kept" says that it goes with the entity itself). Managed policies, inline policies and groups are asked for one by
one, as their service is called once for each.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local.cloud.iam_requests import condition_keys

Asked = tuple[str, dict[str, Any]]
Properties = Mapping[str, Any]

# Where the tags of a request are known to policies, of the types that are enforced.
TAGGED_CREATIONS = frozenset({"iam:CreateRole", "iam:CreateUser", "kms:CreateKey"})
TAGGINGS = frozenset({"iam:TagRole", "iam:TagUser", "kms:TagResource"})


def asked_actions(known: Mapping[str, Any], verb: str, old: Properties, new: Properties) -> Iterator[Asked]:
    """Yield each action that the step from the old to the new properties asks for, and its condition keys.

    A boundary that the step sets counts for all that it does; without a new one it is the one that the entity has.
    """
    boundary = new.get("PermissionsBoundary") or old.get("PermissionsBoundary")
    tags = _tags(new)
    for action in known[verb]:
        yield action, condition_keys(action, "", boundary) | (tags if action in TAGGED_CREATIONS else {})
    setting, removing = known.get("properties", {}), known.get("removed", {})
    if verb == "update":
        setting = {**setting, **known.get("changed", {})}
    for name in sorted({*setting, *removing}):
        before, after = _parts(name, old.get(name)), _parts(name, new.get(name))
        action = setting.get(name, "")
        for part in sorted(after) if action else ():
            if after[part] != before.get(part):
                own = tags if action in TAGGINGS else {}
                yield action, condition_keys(action, part, boundary) | own
        action = "" if verb == "delete" and name in known.get("kept", ()) else removing.get(name, "")
        for part in sorted(before.keys() - after.keys()) if action else ():
            yield action, condition_keys(action, part, boundary)


def _parts(name: str, value: Any) -> dict[str, Any]:
    """Split a property into what its service is called for: each policy or group by itself, anything else at once."""
    if value is None:
        return {}
    if name in {"ManagedPolicyArns", "Groups"}:
        return {str(item): True for item in value}
    if name == "Policies":
        return {str(policy["PolicyName"]): policy["PolicyDocument"] for policy in value}
    return {"": value}


def _tags(properties: Properties) -> dict[str, Any]:
    tags = properties.get("Tags") or []
    if not tags:
        return {}
    return {
        **{f"aws:requesttag/{tag['Key'].lower()}": tag["Value"] for tag in tags},
        "aws:tagkeys": [tag["Key"] for tag in tags],
    }
