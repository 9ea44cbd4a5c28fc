"""What CloudFormation, IAM and S3 take of a template at most, known before it is submitted, with the figure.

A kind's own rules refuse a spec with its field (`Kind.request_faults`); this holds for every kind's stack, whatever its
rules forgot. What an intrinsic function becomes is not known here and counts nothing: nothing is refused that fits.
"""

import json
from collections.abc import Iterator
from typing import Any

from stowage.domain.kinds import Template

RESOURCES = 500
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
DOCUMENTS: dict[str, tuple[str, str, int]] = {
    "AWS::IAM::ManagedPolicy": ("managed policy", "PolicyDocument", 6_144),
    "AWS::IAM::UserPolicy": ("inline policy of the user", "PolicyDocument", 2_048),
    "AWS::IAM::User": ("inline policies of the user", "Policies", 2_048),
    "AWS::IAM::Role": ("inline policies of the role", "Policies", 10_240),
    "AWS::S3::BucketPolicy": ("bucket policy", "PolicyDocument", 20_480),
    "AWS::Transfer::User": ("session policy of the SFTP user", "Policy", 2_048),
}
"""By type of a resource: what it is called, the property that holds it, how many characters it may have without white
space; inline policies all together (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html,
https://docs.aws.amazon.com/transfer/latest/APIReference/API_CreateUser.html)."""


def first_excess(template: Template) -> str | None:
    """Say what of a template is more than AWS takes, with the figure; None where nothing is known to be."""
    resources: dict[str, Any] = template.get("Resources", {})
    if len(resources) > RESOURCES:
        return f"The stack would have {len(resources):,} resources; CloudFormation takes at most {RESOURCES:,}."
    return next((sentence for name in sorted(resources) for sentence in _policies(name, resources[name])), None)


def _policies(logical_id: str, resource: dict[str, Any]) -> Iterator[str]:
    if resource.get("Type") not in DOCUMENTS:
        return
    called, held_in, most = DOCUMENTS[resource["Type"]]
    found = resource.get("Properties", {}).get(held_in)
    documents = [each.get("PolicyDocument") for each in found] if held_in == "Policies" and found else [found]
    size = sum(map(_characters, documents))
    if size > most:
        yield f"The {called} ({logical_id}) would have {size:,} characters; AWS takes at most {most:,}."


def _characters(document: object) -> int:
    if document is None:
        return 0
    if isinstance(document, str):
        return len(document)
    return len(json.dumps(_without_intrinsics(document), separators=(",", ":"), ensure_ascii=False))


def _without_intrinsics(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, list):
        return [_without_intrinsics(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
        return ""
    return {name: _without_intrinsics(each) for name, each in value.items()}
