"""A bucket's lifecycle as CloudFormation writes it, turned into what the S3 API takes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
"""

from collections.abc import Mapping
from typing import Any

RULE_PROPERTIES = frozenset(
    {
        "AbortIncompleteMultipartUpload",
        "ExpirationDate",
        "ExpirationInDays",
        "ExpiredObjectDeleteMarker",
        "Id",
        "NoncurrentVersionExpiration",
        "NoncurrentVersionExpirationInDays",
        "ObjectSizeGreaterThan",
        "ObjectSizeLessThan",
        "Prefix",
        "Status",
        "TagFilters",
        "Transitions",
    }
)


def lifecycle_request(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return PutBucketLifecycleConfiguration's LifecycleConfiguration for the template's LifecycleConfiguration.

    Raises ValueError for a rule property that this extension does not carry over.
    """
    return {"Rules": [_rule(index, rule) for index, rule in enumerate(configuration.get("Rules") or [])]}


def _rule(index: int, rule: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(rule) - RULE_PROPERTIES)
    if unknown:
        raise ValueError(f"AWS::S3::Bucket LifecycleConfiguration.Rules: the local cloud does not support {unknown}")
    request: dict[str, Any] = {
        # S3 makes an id up for a rule without one; a stable one keeps a repeated update quiet.
        "ID": str(rule.get("Id") or f"rule-{index + 1}"),
        "Status": rule["Status"],
        "Filter": _filter(rule),
    }
    expiration = _expiration(rule)
    if expiration:
        request["Expiration"] = expiration
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if noncurrent:
        request["NoncurrentVersionExpiration"] = {key: int(value) for key, value in noncurrent.items()}
    elif "NoncurrentVersionExpirationInDays" in rule:
        days = int(rule["NoncurrentVersionExpirationInDays"])
        request["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if "AbortIncompleteMultipartUpload" in rule:
        days = int(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])
        request["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    if rule.get("Transitions"):
        request["Transitions"] = [_transition(transition) for transition in rule["Transitions"]]
    return request


def _filter(rule: Mapping[str, Any]) -> dict[str, Any]:
    tags = [{"Key": str(tag["Key"]), "Value": str(tag["Value"])} for tag in rule.get("TagFilters") or []]
    conditions: dict[str, Any] = {}
    if rule.get("Prefix"):
        conditions["Prefix"] = str(rule["Prefix"])
    for size in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if size in rule:
            conditions[size] = int(rule[size])
    if not tags and len(conditions) <= 1:
        return conditions or {"Prefix": ""}
    if not conditions and len(tags) == 1:
        return {"Tag": tags[0]}
    return {"And": {**conditions, **({"Tags": tags} if tags else {})}}


def _expiration(rule: Mapping[str, Any]) -> dict[str, Any]:
    if "ExpirationInDays" in rule:
        return {"Days": int(rule["ExpirationInDays"])}
    if "ExpirationDate" in rule:
        return {"Date": str(rule["ExpirationDate"])}
    if "ExpiredObjectDeleteMarker" in rule:
        return {"ExpiredObjectDeleteMarker": str(rule["ExpiredObjectDeleteMarker"]).lower() == "true"}
    return {}


def _transition(transition: Mapping[str, Any]) -> dict[str, Any]:
    when = (
        {"Days": int(transition["TransitionInDays"])}
        if "TransitionInDays" in transition
        else {"Date": str(transition["TransitionDate"])}
    )
    return {"StorageClass": transition["StorageClass"], **when}
