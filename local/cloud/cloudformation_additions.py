"""Single properties that ministack's provisioners leave out, added to their resources after each create and update.

AWS::S3::Bucket has a provisioner of its own (`s3_bucket`). A property that an update takes away goes back to its
default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import dynamodb, iam, lambda_svc, sns
from ministack.services.cloudformation import provisioners

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Addition:
    """A property and how it is applied to the resource with a physical id; None takes it away."""

    resource_type: str
    name: str
    apply: Callable[[str, Any], None]


def _set_role_boundary(name: str, value: Any) -> None:
    role = iam._roles[name]
    role.pop("PermissionsBoundary", None)
    if value:
        role["PermissionsBoundary"] = value


def _set_time_to_live(table: str, value: Any) -> None:
    if value:
        dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": dict(value)})
    else:
        dynamodb._ttl_settings.pop(table, None)


def _set_recovery(table: str, value: Any) -> None:
    enabled = str((value or {}).get("PointInTimeRecoveryEnabled", False)).lower() == "true"
    specification = {"PointInTimeRecoveryEnabled": enabled}
    dynamodb._update_continuous_backups({"TableName": table, "PointInTimeRecoverySpecification": specification})


def _set_encryption(table: str, value: Any) -> None:
    # CloudFormation says SSEEnabled, the API says Enabled.
    specification = {**(value or {}), "Enabled": str((value or {}).get("SSEEnabled", False)).lower() == "true"}
    dynamodb._tables[table]["SSEDescription"] = dynamodb._sse_description_from_spec(specification)


def _topic_attribute(attribute: str) -> Callable[[str, Any], None]:
    def set_attribute(topic_arn: str, value: Any) -> None:
        attributes = sns._topics[topic_arn]["attributes"]
        attributes.pop(attribute, None)
        if value is not None:
            attributes[attribute] = str(value)

    return set_attribute


def _function_setting(setting: str, default: Any) -> Callable[[str, Any], None]:
    def set_setting(function: str, value: Any) -> None:
        lambda_svc._functions[function]["config"][setting] = default if value is None else value

    return set_setting


def _set_concurrency(function: str, value: Any) -> None:
    lambda_svc._functions[function]["concurrency"] = None if value is None else int(value)


ADDITIONS = (
    Addition("AWS::IAM::Role", "PermissionsBoundary", _set_role_boundary),
    Addition("AWS::DynamoDB::Table", "SSESpecification", _set_encryption),
    Addition("AWS::DynamoDB::Table", "TimeToLiveSpecification", _set_time_to_live),
    Addition("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification", _set_recovery),
    Addition("AWS::SNS::Topic", "KmsMasterKeyId", _topic_attribute("KmsMasterKeyId")),
    Addition("AWS::SNS::Topic", "SignatureVersion", _topic_attribute("SignatureVersion")),
    Addition("AWS::Lambda::Function", "KmsKeyArn", _function_setting("KMSKeyArn", "")),
    Addition("AWS::Lambda::Function", "DeadLetterConfig", _function_setting("DeadLetterConfig", {})),
    Addition("AWS::Lambda::Function", "ReservedConcurrentExecutions", _set_concurrency),
)


def install() -> None:
    """Wrap the create and update of every type that has additions, and refuse to overwrite a role that exists."""
    for resource_type in sorted({addition.resource_type for addition in ADDITIONS}):
        additions = [addition for addition in ADDITIONS if addition.resource_type == resource_type]
        handlers = provisioners._RESOURCE_HANDLERS[resource_type]
        handlers["create"] = _create(handlers["create"], additions)
        if "update" in handlers:
            handlers["update"] = _update(handlers["update"], additions)
    roles = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    roles["create"] = _create_role(roles["create"])


def _create(create: Callable[..., Provisioned], additions: list[Addition]) -> Callable[..., Provisioned]:
    def create_with_additions(logical_id: str, properties: Properties, stack_name: str) -> Provisioned:
        physical_id, attributes = create(logical_id, properties, stack_name)
        for addition in additions:
            if addition.name in properties:
                addition.apply(physical_id, properties[addition.name])
        return physical_id, attributes

    return create_with_additions


def _update(update: Callable[..., Provisioned], additions: list[Addition]) -> Callable[..., Provisioned]:
    def update_with_additions(
        old_id: str, old: Properties, new: Properties, stack_name: str, *rest: Any
    ) -> Provisioned:
        physical_id, attributes = update(old_id, old, new, stack_name, *rest)
        for addition in additions:
            if old.get(addition.name) != new.get(addition.name) or physical_id != old_id:
                addition.apply(physical_id, new.get(addition.name))
        return physical_id, attributes

    return update_with_additions


def _create_role(create: Callable[..., Provisioned]) -> Callable[..., Provisioned]:
    def create_role(logical_id: str, properties: Properties, stack_name: str) -> Provisioned:
        name = properties.get("RoleName")
        if name and iam._roles.get(name):
            raise ValueError(f"{name} already exists")
        return create(logical_id, properties, stack_name)

    return create_role
