"""AWS::Transfer::Server and AWS::Transfer::User, through the service's own operations.

`Ref` of either is its ARN. A user whose server or name changes is replaced; of a server, everything that can be
changed here changes in place.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-transfer-server.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-transfer-user.html
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services.cloudformation import provisioners
from ministack.services.cloudformation.helpers import _sdk_error

from local.cloud import transfer_servers, transfer_users
from local.cloud.transfer_permissions import demand
from local.cloud.transfer_requests import Record, TransferError, tag_resource, untag_resource

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, str]]

SERVER = "AWS::Transfer::Server"
USER = "AWS::Transfer::User"


def install() -> None:
    """Add the two resource types."""
    for resource_type, create, update, delete in (
        (SERVER, create_server, update_server, delete_server),
        (USER, create_user, update_user, delete_user),
    ):
        provisioners._RESOURCE_HANDLERS[resource_type] = {
            "create": _told(_permitted_create(resource_type, create)),
            "update": _told(_permitted_update(resource_type, update)),
            "delete": _told(_permitted_delete(resource_type, delete)),
        }


def create_server(_logical_id: str, properties: Properties, _stack_name: str) -> Provisioned:
    """Make a server."""
    return _server(transfer_servers.create_server(properties)["ServerId"])


def update_server(physical_id: str, old: Properties, new: Properties, _stack_name: str) -> Provisioned:
    """Change a server in place; a setting that is taken away goes back to its default."""
    server_id = physical_id.rsplit("/", 1)[-1]
    record = transfer_servers.server_of({"ServerId": server_id})
    settings = {key: value for key, value in new.items() if key != "Tags"}
    transfer_servers.update_server({"ServerId": server_id, **settings})
    for name in transfer_servers.SETTINGS:
        if name in old and name not in new:
            record.pop(name, None)
    record.setdefault("SecurityPolicyName", transfer_servers.DEFAULT_SECURITY_POLICY)
    _set_tags(record["Arn"], old, new)
    return _server(server_id)


def delete_server(physical_id: str, _properties: Properties) -> None:
    """Delete a server, or find it deleted."""
    _gone(transfer_servers.delete_server, {"ServerId": physical_id.rsplit("/", 1)[-1]})


def create_user(_logical_id: str, properties: Properties, _stack_name: str) -> Provisioned:
    """Make a user with all its keys, or none of it."""
    keys = list(properties.get("SshPublicKeys", []))
    for key in keys:
        transfer_users.read_key(key)
    user = {key: value for key, value in properties.items() if key != "SshPublicKeys"}
    named = transfer_users.create_user(user)
    for key in keys:
        transfer_users.import_key({**named, "SshPublicKeyBody": key})
    return _user(named)


def update_user(physical_id: str, old: Properties, new: Properties, stack_name: str) -> Provisioned:
    """Change a user's role, directories, keys and tags in place; replace it when its server or name changes."""
    if any(old[key] != new[key] for key in ("ServerId", "UserName")):
        return create_user("", new, stack_name)
    named = {"ServerId": new["ServerId"], "UserName": new["UserName"]}
    wanted = [str(key).strip() for key in new.get("SshPublicKeys", [])]
    for key in wanted:
        transfer_users.read_key(key)
    unchanged = {"SshPublicKeys", "Tags"}
    transfer_users.update_user({key: value for key, value in new.items() if key not in unchanged})
    record = transfer_users.user_of(named)
    for key in list(record["SshPublicKeys"]):
        if key["SshPublicKeyBody"] not in wanted:
            transfer_users.delete_key({**named, "SshPublicKeyId": key["SshPublicKeyId"]})
    known = {key["SshPublicKeyBody"] for key in record["SshPublicKeys"]}
    for key in wanted:
        if key not in known:
            transfer_users.import_key({**named, "SshPublicKeyBody": key})
    _set_tags(physical_id, old, new)
    return _user(named)


def delete_user(physical_id: str, _properties: Properties) -> None:
    """Delete a user, or find it deleted."""
    _, server_id, name = physical_id.split(":", 5)[5].split("/")
    _gone(transfer_users.delete_user, {"ServerId": server_id, "UserName": name})


def _permitted_create(resource_type: str, create: Callable[..., Provisioned]) -> Callable[..., Provisioned]:
    def create_permitted(logical_id: str, properties: Properties, stack_name: str) -> Provisioned:
        demand(resource_type, "create", "", {}, properties)
        return create(logical_id, properties, stack_name)

    return create_permitted


def _permitted_update(resource_type: str, update: Callable[..., Provisioned]) -> Callable[..., Provisioned]:
    def update_permitted(physical_id: str, old: Properties, new: Properties, stack_name: str) -> Provisioned:
        demand(resource_type, "update", physical_id, old, new)
        return update(physical_id, old, new, stack_name)

    return update_permitted


def _permitted_delete(resource_type: str, delete: Callable[[str, Properties], None]) -> Callable[..., None]:
    def delete_permitted(physical_id: str, properties: Properties) -> None:
        demand(resource_type, "delete", physical_id, properties, {})
        delete(physical_id, properties)

    return delete_permitted


def _told(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Word the service's refusals as CloudFormation does."""

    @functools.wraps(operation)
    def tell(*arguments: Any) -> Any:
        try:
            return operation(*arguments)
        except TransferError as error:
            raise ValueError(_sdk_error(error.message, "Transfer", error.status)) from error

    return tell


def _gone(delete: Callable[[Record], Record], named: Record) -> None:
    try:
        delete(named)
    except TransferError as error:
        if error.code != "ResourceNotFoundException":
            raise


def _server(server_id: str) -> Provisioned:
    arn = str(transfer_servers.server_of({"ServerId": server_id})["Arn"])
    return arn, {"Arn": arn, "ServerId": server_id}


def _user(named: Record) -> Provisioned:
    arn = str(transfer_users.user_of(named)["Arn"])
    return arn, {"Arn": arn, **named}


def _set_tags(arn: str, old: Properties, new: Properties) -> None:
    kept = {tag["Key"] for tag in new.get("Tags", [])}
    untag_resource({"Arn": arn, "TagKeys": [tag["Key"] for tag in old.get("Tags", []) if tag["Key"] not in kept]})
    tag_resource({"Arn": arn, "Tags": list(new.get("Tags", []))})
