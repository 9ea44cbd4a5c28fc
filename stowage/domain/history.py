"""The raw history of a change's execution: what Step Functions has written down, for people who look for the cause."""

from stowage.domain.wire import WireModel


class HistoryEvent(WireModel):
    """One event, of the state in which it happened (null before the first).

    `input` and `output` are JSON as text; `cut` tells that one of them, or the cause, is longer than what is shown.
    """

    id: int
    type: str
    at: str
    state: str | None
    input: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    cut: bool = False
