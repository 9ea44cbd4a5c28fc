"""What comes after an execution's end: the queue of end events, the listener, and one sweep over the held locks."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workflows.asl import Json

if TYPE_CHECKING:
    from tests.simulation.world import World

LISTENER = "ExecutionEnded"
LISTENER_SECONDS = 15.0
REST_SECONDS = 100.0
"""template.yaml: the queue's visibility timeout is ten times PollSeconds, and its maxReceiveCount 300."""
RECEIVES = 300
LOST = float("inf")


@dataclass
class ExecutionEndedQueue:
    """EventBridge, the queue and the listener; `delay` says when an event comes (LOST: never)."""

    world: "World"
    delay: Callable[[str], float] = lambda _name: 0.5
    dead_letters: list[str] = field(default_factory=list)

    def send(self, name: str, status: str, given: Json) -> None:
        """Send the event of an execution's end."""
        seconds = self.delay(name)
        if seconds != LOST:
            self.world.timeline.after(seconds, lambda: self._deliver(name, status, given, 1))

    def _deliver(self, name: str, status: str, given: Json, received: int) -> None:
        detail = {"name": name, "status": status, "input": json.dumps(given)}
        body = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
        event = {"Records": [{"messageId": "m", "body": json.dumps(body)}]}

        def handled(answer: Any, error: BaseException | None) -> None:
            if error is None and not answer["batchItemFailures"]:
                return
            if received >= RECEIVES:
                self.dead_letters.append(name)
                return
            self.world.timeline.after(REST_SECONDS, lambda: self._deliver(name, status, given, received + 1))

        self.world.invoke(LISTENER, name, event, handled, seconds=LISTENER_SECONDS)

    def sweep(self, name: str, given: Json) -> None:
        """Let the listener look at an execution once more, whatever became of its event."""
        self._deliver(name, "FAILED", given, RECEIVES)


def recover(world: "World", queue: ExecutionEndedQueue, given_of: Callable[[str], Json]) -> list[str]:
    """Sweep once: the listener for every held lock, nothing going wrong; give the changes that held one.

    The hook for the machine reconcile, which is to sweep, and to look at every stack as well.
    """
    world.plan.healed = True
    rows = [row for (pk, _), row in world.table.rows.items() if pk.startswith("RESOURCES#")]
    holders = [row["lock"]["M"]["change"]["S"] for row in rows if "lock" in row]
    for name in holders:
        queue.sweep(name, given_of(name))
    world.timeline.run()
    return holders
