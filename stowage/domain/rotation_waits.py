"""How a waiting state answers its own token: a result, or the error that ends the rotation."""

from contextlib import suppress

from stowage.domain.changes import canonical_json
from stowage.domain.errors import CredentialError, TaskTokenExpiredError
from stowage.domain.ports import Waits
from stowage.domain.rotation import WaitResult
from stowage.domain.rotation_requests import WaitRequest


def answer(waits: Waits, request: WaitRequest, result: WaitResult) -> None:
    """End the wait; somebody may have been quicker."""
    with suppress(TaskTokenExpiredError):
        waits.succeed(request.task_token, canonical_json(result.to_wire()))


def refuse(waits: Waits, request: WaitRequest, error: CredentialError) -> None:
    """End the rotation; somebody may have been quicker."""
    with suppress(TaskTokenExpiredError):
        waits.fail(request.task_token, type(error).__name__, str(error))
