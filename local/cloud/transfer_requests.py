"""What requests to AWS Transfer Family have in common: errors, settings that are known, tags.

A setting that this emulation would not apply is refused, with its name, instead of vanishing.
https://docs.aws.amazon.com/transfer/latest/APIReference/API_Operations.html
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from ministack.services import transfer

Data = Mapping[str, Any]
Record = dict[str, Any]


class TransferError(Exception):
    """AWS Transfer Family's answer to a request that it refuses."""

    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, int(status)


def invalid(message: str) -> TransferError:
    """Return the error of a request that cannot be understood or granted."""
    return TransferError("InvalidRequestException", message)


def unknown(what: str, name: str) -> TransferError:
    """Return the error for a server, user or key that does not exist."""
    return TransferError("ResourceNotFoundException", f"Unknown {what}: {name}", HTTPStatus.NOT_FOUND)


def exists(message: str) -> TransferError:
    """Return the error for a name that is taken."""
    return TransferError("ResourceExistsException", message, HTTPStatus.CONFLICT)


def refuse_unsupported(data: Data, supported: Collection[str]) -> None:
    """Raise TransferError naming the settings that the local cloud would not apply."""
    strange = sorted(set(data) - set(supported))
    if strange:
        raise invalid(f"The local cloud does not support the settings {strange}")


def tag_resource(data: Data) -> Record:
    """Add tags to a server or user."""
    record = _tagged(str(data.get("Arn", "")))
    tags = {tag["Key"]: tag["Value"] for tag in [*record["Tags"], *data.get("Tags", [])]}
    record["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {}


def untag_resource(data: Data) -> Record:
    """Take tags from a server or user."""
    record = _tagged(str(data.get("Arn", "")))
    record["Tags"] = [tag for tag in record["Tags"] if tag["Key"] not in data.get("TagKeys", [])]
    return {}


def list_tags(data: Data) -> Record:
    """Tell the tags of a server or user."""
    record = _tagged(str(data.get("Arn", "")))
    return {"Arn": record["Arn"], "Tags": record["Tags"]}


def _tagged(arn: str) -> Record:
    for record in [*transfer._servers.values(), *transfer._users.values()]:
        if record["Arn"] == arn:
            found: Record = record
            return found
    raise unknown("resource", arn)


def page(items: list[Record], data: Data, key: str) -> tuple[list[Record], Record]:
    """Return one page of the sorted items, and the answer's NextToken where more follow."""
    ordered = sorted(items, key=lambda item: str(item[key]))
    rest = [item for item in ordered if str(item[key]) > str(data.get("NextToken") or "")]
    size = int(data.get("MaxResults") or 1000)
    shown = rest[:size]
    return shown, {"NextToken": str(shown[-1][key])} if len(rest) > size else {}
