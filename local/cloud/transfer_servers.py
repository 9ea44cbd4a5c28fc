"""SFTP servers of AWS Transfer Family: each has a port of 127.0.0.1 and a host key of its own, kept over restarts.

Supported is what a service-managed public SFTP server over S3 needs. Kept and told, without an effect here, are the
security policy (its algorithms are not restricted to it), the logging role and the structured log destinations
(nothing is logged to CloudWatch).
https://docs.aws.amazon.com/transfer/latest/APIReference/API_CreateServer.html
"""

import re
import secrets
from typing import Any

from ministack.core.responses import get_account_id, get_region, now_iso
from ministack.services import transfer

from local.cloud.transfer_requests import Data, Record, invalid, page, refuse_unsupported, unknown

FIXED: dict[str, Any] = {
    "Protocols": ["SFTP"],
    "IdentityProviderType": "SERVICE_MANAGED",
    "EndpointType": "PUBLIC",
    "Domain": "S3",
}
SETTINGS = ("SecurityPolicyName", "LoggingRole", "StructuredLogDestinations", "S3StorageOptions")
SECURITY_POLICY = re.compile(r"Transfer[A-Za-z0-9]*SecurityPolicy-[A-Za-z0-9-]{1,80}")
DEFAULT_SECURITY_POLICY = "TransferSecurityPolicy-2018-11"
LISTED = ("Arn", "Domain", "EndpointType", "IdentityProviderType", "LoggingRole", "ServerId", "State", "UserCount")


def create_server(data: Data) -> Record:
    """Make a server and open its port."""
    refuse_unsupported(data, {*FIXED, *SETTINGS, "Tags"})
    settings = _settings(data)
    server_id = f"s-{secrets.token_hex(9)[:17]}"
    server = {
        "Arn": f"arn:aws:transfer:{get_region()}:{get_account_id()}:server/{server_id}",
        "ServerId": server_id,
        "State": "ONLINE",
        **FIXED,
        "SecurityPolicyName": DEFAULT_SECURITY_POLICY,
        **settings,
        "Tags": list(data.get("Tags", [])),
        "DateCreated": now_iso(),
    }
    _listener().open_door(get_account_id(), get_region(), server)
    transfer._servers[server_id] = server
    return {"ServerId": server_id}


def update_server(data: Data) -> Record:
    """Change a server's settings; those that the request does not name stay."""
    refuse_unsupported(data, {"ServerId", *FIXED, *SETTINGS})
    server = server_of(data)
    server.update(_settings(data))
    return {"ServerId": server["ServerId"]}


def describe_server(data: Data) -> Record:
    """Tell everything of a server but its private key."""
    server = server_of(data)
    told = {key: value for key, value in server.items() if not key.startswith("_") and key != "DateCreated"}
    fingerprint = _listener().fingerprint(server)
    return {"Server": {**told, "HostKeyFingerprint": fingerprint, "UserCount": _users(server)}}


def list_servers(data: Data) -> Record:
    """Tell the servers of the account and region."""
    servers, more = page(list(transfer._servers.values()), data, "ServerId")
    told = [{**server, "UserCount": _users(server)} for server in servers]
    return {"Servers": [{key: server[key] for key in LISTED if key in server} for server in told], **more}


def start_server(data: Data) -> Record:
    """Let people log in again."""
    server_of(data)["State"] = "ONLINE"
    return {}


def stop_server(data: Data) -> Record:
    """Let nobody log in, and end the sessions there are."""
    server = server_of(data)
    server["State"] = "OFFLINE"
    _listener().end_sessions(server["ServerId"])
    return {}


def delete_server(data: Data) -> Record:
    """Close a server's port, and forget it and its users."""
    server_id = server_of(data)["ServerId"]
    _listener().close_door(server_id)
    for key in [key for key in transfer._users if key.startswith(f"{server_id}/")]:
        del transfer._users[key]
    del transfer._servers[server_id]
    return {}


def server_of(data: Data) -> Record:
    """Return the record of the server that the request names. Raises TransferError."""
    server: Record | None = transfer._servers.get(str(data.get("ServerId", "")))
    if server is None:
        raise unknown("server", str(data.get("ServerId", "")))
    return server


def _users(server: Record) -> int:
    return sum(key.startswith(f"{server['ServerId']}/") for key in transfer._users)


def _settings(data: Data) -> Record:
    for name, value in FIXED.items():
        if data.get(name, value) != value:
            raise invalid(f"The local cloud supports {name} {value} alone, not {data[name]}")
    policy = data.get("SecurityPolicyName")
    if policy and not SECURITY_POLICY.fullmatch(str(policy)):
        raise invalid(f"Security policy {policy} does not exist")
    optimization = dict(data.get("S3StorageOptions") or {}).get("DirectoryListingOptimization", "DISABLED")
    if optimization not in {"ENABLED", "DISABLED"}:
        raise invalid(f"Unknown DirectoryListingOptimization: {optimization}")
    return {name: data[name] for name in SETTINGS if data.get(name)}


def _listener() -> Any:
    # asyncssh costs 26 MB, so only a local cloud with an SFTP server pays for it.
    from local.cloud import transfer_listener  # noqa: PLC0415

    return transfer_listener
