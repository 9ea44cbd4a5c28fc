"""What comes after an execution's end: the queue of end events with their listener, and one run of reconcile."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workflows.asl import Json

if TYPE_CHECKING:
    from tests.simulation.executions import Executions
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


def recover(executions: "Executions") -> None:
    """Run the machine reconcile once, nothing going wrong: all that is left open is closed, all that lies is mended."""
    executions.world.plan.healed = True
    executions.reconcile()
    executions.world.timeline.run()
