"""The project's topic and the hub's queue: CloudFormation's events on their way to the listener StackEvent.

How long an event is on its way, whether it comes at all, or twice, a play says: `deliveries` gives the delays.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from tests.simulation.world import World

LISTENER = "StackEvent"
REST_SECONDS = 30.0
RECEIVES = 5
Deliveries = Callable[[Random], list[float]]


def unheard(_chance: Random) -> list[float]:
    """Lose every event."""
    return []


@dataclass
class StackEventQueue:
    """Delivers each published event, one to a batch; what the listener hands back comes again after a rest."""

    world: World
    deliveries: Deliveries = unheard

    def __post_init__(self) -> None:
        """Listen to the topic."""
        self.world.stacks.tells.append(self._published)

    def _published(self, event: dict[str, Any]) -> None:
        for seconds in self.deliveries(self.world.random):
            self.world.timeline.after(seconds, partial(self._deliver, message_of(event), 1))

    def _deliver(self, message: str, received: int) -> None:
        body = {"Type": "Notification", "TopicArn": self.world.project.topic_arn, "Message": message}
        batch = {"Records": [{"messageId": "m", "body": json.dumps(body)}]}

        def handled(answer: Any, error: BaseException | None) -> None:
            if (error is not None or answer["batchItemFailures"]) and received < RECEIVES:
                self.world.timeline.after(REST_SECONDS, partial(self._deliver, message, received + 1))

        self.world.invoke(LISTENER, "events", batch, handled)


def message_of(event: dict[str, Any]) -> str:
    """Give an event as SNS publishes it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-stack-updates-notifications.html
    """
    fields = {
        "StackId": event["StackId"],
        "Timestamp": event["Timestamp"].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "EventId": event["EventId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Namespace": event["StackId"].split(":")[4],
        "PhysicalResourceId": event["PhysicalResourceId"],
        "ResourceProperties": "null",
        "ResourceStatus": event["ResourceStatus"],
        "ResourceStatusReason": event.get("ResourceStatusReason", ""),
        "ResourceType": event["ResourceType"],
        "StackName": event["StackId"].split("/")[1],
        "ClientRequestToken": event["ClientRequestToken"] or "null",
    }
    return "".join(f"{name}='{value}'\n" for name, value in fields.items())
