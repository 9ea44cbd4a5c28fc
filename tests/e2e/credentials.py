"""Users and their credentials, as managers and third parties meet them: what several end-to-end tests do."""

import secrets
import time
from typing import Any

from botocore.exceptions import ClientError

from local import third_party
from local.client import Message, Session
from local.endpoints import Endpoints

OWNER: dict[str, Any] = {"owner": "anna@example.com", "costCentre": "CC-1"}
DENIED = {"AccessDenied", "AccessDeniedException", "403", "Forbidden"}
KEY_REFUSED = {"InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch"}
ANY_REFUSAL = DENIED | KEY_REFUSED
SOON = 10.0

REVEALED: list[Message] = []
"""Every secret that the session's tests were handed: what the canary scan looks for everywhere."""


def new_name(what: str) -> str:
    """Give a name that no other test uses."""
    return f"{what}-{secrets.token_hex(5)}"


def put(session: Session, path: str, spec: dict[str, Any], project: str = "atlas") -> dict[str, Any]:
    """Create or update a resource and give its ended change; fails unless it succeeded."""
    answer = session.http.put(f"projects/{project}/{path}", json=spec)
    assert answer.status_code == 202, answer.text
    change = session.wait_for_change(project, answer.json()["change"]["id"])
    assert change["outcome"] == "SUCCEEDED", change
    return change


def delete(session: Session, path: str, project: str = "atlas") -> dict[str, Any]:
    """Delete a resource and give its ended change; fails unless it succeeded."""
    answer = session.http.delete(f"projects/{project}/{path}")
    assert answer.status_code == 202, answer.text
    change = session.wait_for_change(project, answer.json()["change"]["id"])
    assert change["outcome"] == "SUCCEEDED", change
    return change


def grant(bucket: str, *access: str, prefix: str = "") -> dict[str, Any]:
    """Give a grant as a spec has it."""
    return {"bucket": bucket, "prefix": prefix, "access": list(access)}


def hand_over(session: Session, user: str, project: str = "atlas", **wishes: Any) -> dict[str, Any]:
    """Make a handover of the user's credentials and give it, its link included."""
    answer = session.http.post(f"projects/{project}/users/{user}/handovers", json=wishes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def open_handover(endpoints: Endpoints, handover: Message, passphrase: str | None = None) -> Message:
    """Open a handover as a third party does, and remember its secret for the canary scan."""
    opened = third_party.open_handover(endpoints, handover, passphrase)
    REVEALED.append(opened)
    return opened


def soon_let_in(call: Any, **arguments: Any) -> Any:
    """Call until it is let through, and give its answer: a row tells of a key some moments before IAM does so."""
    deadline = time.monotonic() + SOON
    while True:
        try:
            return call(**arguments)
        except ClientError:
            assert time.monotonic() < deadline, f"{call.__name__}({arguments}) is refused still after {SOON:.0f} s"
            time.sleep(0.1)


def soon_refused(call: Any, **arguments: Any) -> str:
    """Call until it is refused, and give the error's code: a row tells of a key some moments before IAM does so."""
    deadline = time.monotonic() + SOON
    while True:
        try:
            call(**arguments)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        assert time.monotonic() < deadline, f"{call.__name__}({arguments}) is let through still after {SOON:.0f} s"
        time.sleep(0.1)


def refusal_of(call: Any, **arguments: Any) -> str:
    """Give the error's code of a call that must be refused."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    raise AssertionError(f"{call.__name__}({arguments}) was let through.")
