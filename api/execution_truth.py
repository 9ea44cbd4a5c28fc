"""What an execution tells of its change, for when the change's row does not tell it (yet)."""

from pydantic import ValidationError

from stowage.domain.changes import Change, ChangeRequest
from stowage.domain.endings import as_ended
from stowage.domain.ports import Execution


def request_of(execution: Execution) -> ChangeRequest | None:
    """Give what the execution was asked to do; None when its input is no change's."""
    try:
        return ChangeRequest.model_validate_json(execution.input)
    except ValidationError:
        return None


def change_of(request: ChangeRequest, execution: Execution) -> Change:
    """Give the change as its execution stands."""
    return as_ended(Change.started(request, execution.started_at), execution)
