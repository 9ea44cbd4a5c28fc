"""Functions on their way: each runs on a thread of its own, and stands still at every call of AWS until it is answered.

Only one thread runs at a time, so that nothing depends on the machine's scheduler: the order is the timeline's alone.
"""

import threading
from collections.abc import Callable
from typing import Any

from tests.simulation.aws_faults import AwsCall


class KilledError(BaseException):
    """The sandbox is gone; no `except Exception` of ours sees it."""


class Invocation:
    """One run of a handler. `resume` lets it go on until its next call of AWS, kept in `pending`, or its end."""

    def __init__(self, state: str, change: str, run: Callable[[], Any], *, fence: int | None, turn: int) -> None:
        self.state, self.change, self.fence, self.turn = state, change, fence, turn
        self.pending: AwsCall | None = None
        self.finished = False
        self.answer: Any = None
        self.error: BaseException | None = None
        self.killed = False
        self._run = run
        self._reply: tuple[Any, BaseException | None] = (None, None)
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None

    def resume(self, value: Any = None, error: BaseException | None = None) -> None:
        """Answer the pending call (or begin) and wait for the next stop."""
        self._reply = (value, error)
        self.pending = None
        if self._thread is None:
            self._thread = threading.Thread(target=self._main, daemon=True)
            self._thread.start()
        else:
            self._go.release()
        self._stopped.acquire()

    def kill(self) -> None:
        """End it where it stands, as a sandbox ends: what it has done is done."""
        if not self.finished and not self.killed:
            self.killed = True
            if self._thread is None:
                self.finished = True
            else:
                self.resume(error=KilledError())

    def call(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        """Make a call of AWS, from within: stand still until it is answered."""
        if self.killed:
            raise KilledError
        self.pending = AwsCall(self.state, self.change, service, operation, arguments, self.fence, self.turn)
        self._stopped.release()
        self._go.acquire()
        value, error = self._reply
        if error is not None:
            raise error
        return value

    def _main(self) -> None:
        try:
            self.answer = self._run()
        except BaseException as error:  # noqa: BLE001 -- whatever it is, it is the function's end
            self.error = error
        self.finished = True
        self._stopped.release()
