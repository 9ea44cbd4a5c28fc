"""Service-managed users of an SFTP server: their role, their logical directories and their SSH public keys.

Home directories of type PATH, session policies, POSIX profiles and mappings to single files are refused.
https://docs.aws.amazon.com/transfer/latest/APIReference/API_CreateUser.html
"""

import re
import secrets
from typing import Any

from ministack.core.responses import get_account_id, get_region, now_iso
from ministack.services import transfer

from local.cloud.transfer_paths import overlaps
from local.cloud.transfer_requests import Data, Record, exists, invalid, page, refuse_unsupported, unknown
from local.cloud.transfer_servers import server_of

USER_NAME = re.compile(r"\w[\w@.-]{2,99}", re.ASCII)
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+")
SETTINGS = ("Role", "HomeDirectoryType", "HomeDirectoryMappings")
MINIMUM_RSA_BITS = 2048
BAD_KEY = "Unsupported or invalid SSH public key format"
LISTED = ("Arn", "HomeDirectoryType", "Role", "SshPublicKeyCount", "UserName")


def create_user(data: Data) -> Record:
    """Make a user, with one key or none."""
    refuse_unsupported(data, {"ServerId", "UserName", "SshPublicKeyBody", "Tags", *SETTINGS})
    server_id, name = server_of(data)["ServerId"], str(data.get("UserName", ""))
    if not USER_NAME.fullmatch(name):
        raise invalid(f"Invalid user name: {name}")
    if _key(server_id, name) in transfer._users:
        raise exists(f"User already exists: {name}")
    user = {
        "Arn": f"arn:aws:transfer:{get_region()}:{get_account_id()}:user/{server_id}/{name}",
        "UserName": name,
        "ServerId": server_id,
        **_settings(data),
        "SshPublicKeys": [],
        "Tags": list(data.get("Tags", [])),
    }
    if data.get("SshPublicKeyBody"):
        _import(user, str(data["SshPublicKeyBody"]))
    transfer._users[_key(server_id, name)] = user
    return {"ServerId": server_id, "UserName": name}


def update_user(data: Data) -> Record:
    """Change a user's role or directories, for the next log-in; what the request does not name stays."""
    refuse_unsupported(data, {"ServerId", "UserName", *SETTINGS})
    user = user_of(data)
    user.update(_settings({**{name: user[name] for name in SETTINGS}, **data}))
    return {"ServerId": user["ServerId"], "UserName": user["UserName"]}


def describe_user(data: Data) -> Record:
    """Tell everything of a user."""
    user = user_of(data)
    return {"ServerId": user["ServerId"], "User": {key: user[key] for key in user if key != "ServerId"}}


def list_users(data: Data) -> Record:
    """Tell the users of a server."""
    server_id = server_of(data)["ServerId"]
    users, more = page([user for user in transfer._users.values() if user["ServerId"] == server_id], data, "UserName")
    told = [{**user, "SshPublicKeyCount": len(user["SshPublicKeys"])} for user in users]
    return {"ServerId": server_id, "Users": [{key: user[key] for key in LISTED} for user in told], **more}


def delete_user(data: Data) -> Record:
    """Forget a user, and end the sessions that it has."""
    from local.cloud import transfer_listener  # noqa: PLC0415 -- a user has a server, a server has loaded it

    user = user_of(data)
    del transfer._users[_key(user["ServerId"], user["UserName"])]
    transfer_listener.end_sessions(user["ServerId"], user["UserName"])
    return {}


def import_key(data: Data) -> Record:
    """Add a public key to a user."""
    user = user_of(data)
    key_id = _import(user, str(data.get("SshPublicKeyBody", "")))
    return {"ServerId": user["ServerId"], "SshPublicKeyId": key_id, "UserName": user["UserName"]}


def delete_key(data: Data) -> Record:
    """Take a public key from a user."""
    user, key_id = user_of(data), str(data.get("SshPublicKeyId", ""))
    kept = [key for key in user["SshPublicKeys"] if key["SshPublicKeyId"] != key_id]
    if len(kept) == len(user["SshPublicKeys"]):
        raise unknown("SSH public key", key_id)
    user["SshPublicKeys"] = kept
    return {}


def user_of(data: Data) -> Record:
    """Return the record of the user that the request names. Raises TransferError."""
    server_id, name = server_of(data)["ServerId"], str(data.get("UserName", ""))
    user: Record | None = transfer._users.get(_key(server_id, name))
    if user is None:
        raise unknown("user", name)
    return user


def read_key(body: str) -> Any:
    """Return the public key that the text is. Raises TransferError for a kind or size that AWS does not take.

    https://docs.aws.amazon.com/transfer/latest/userguide/key-management.html#supported-algorithms
    """
    import asyncssh  # noqa: PLC0415 -- 26 MB, only for a local cloud with an SFTP server

    try:
        key = asyncssh.import_public_key(body.strip())
    except (asyncssh.KeyImportError, ValueError) as error:
        raise invalid(BAD_KEY) from error
    algorithm = key.get_algorithm()
    strong = algorithm == "ssh-ed25519" or algorithm.startswith("ecdsa-sha2-nistp")
    if algorithm == "ssh-rsa":
        strong = key.pyca_key.key_size >= MINIMUM_RSA_BITS
    if not strong:
        raise invalid(BAD_KEY)
    return key


def _import(user: Record, body: str) -> str:
    key = read_key(body)
    if any(read_key(known["SshPublicKeyBody"]).public_data == key.public_data for known in user["SshPublicKeys"]):
        raise exists("The SSH public key already exists for this user")
    key_id = f"key-{secrets.token_hex(9)[:17]}"
    user["SshPublicKeys"].append(
        {"SshPublicKeyId": key_id, "SshPublicKeyBody": body.strip(), "DateImported": now_iso()}
    )
    return key_id


def _settings(data: Data) -> Record:
    role, mappings = str(data.get("Role", "")), data.get("HomeDirectoryMappings") or []
    if not ROLE.fullmatch(role):
        raise invalid(f"Invalid role: {role}")
    if role.split(":")[4] != get_account_id():
        raise invalid(f"The role {role} belongs to another account")
    if data.get("HomeDirectoryType", "PATH") != "LOGICAL":
        raise invalid("The local cloud supports HomeDirectoryType LOGICAL alone")
    if not mappings:
        raise invalid("HomeDirectoryMappings is required for HomeDirectoryType LOGICAL")
    for mapping in mappings:
        refuse_unsupported(mapping, {"Entry", "Target", "Type"})
        if mapping.get("Type", "DIRECTORY") != "DIRECTORY":
            raise invalid("The local cloud supports mappings to directories alone")
        if not all(str(mapping.get(side, "")).startswith("/") for side in ("Entry", "Target")):
            raise invalid("Entry and Target of a mapping begin with /")
    if overlaps([mapping["Entry"] for mapping in mappings]):
        raise invalid("Entries of HomeDirectoryMappings overlap")
    kept = [{key: str(mapping[key]) for key in ("Entry", "Target", "Type") if key in mapping} for mapping in mappings]
    return {"Role": role, "HomeDirectoryType": "LOGICAL", "HomeDirectoryMappings": kept}


def _key(server_id: str, name: str) -> str:
    return f"{server_id}/{name}"
