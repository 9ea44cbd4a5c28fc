"""Listener of stack events: CloudFormation → the project's topic → the hub's queue → the mirror, waiting states, pages.

An event is a hint. It is read strictly, merged into the row of the resource whose stack it is of (in any order:
`stowage.domain.merge`), and told to open pages. Where it tells that a waiting change's own operation has ended, the
stack is described, and that answers the sleeping AwaitStack (docs/adr/0013-stack-events.md).

Never repeated: what is no event, is of another account than its topic's project, or of a stack that the mirror does not
know (invariant M2). Repeated by the queue, and in the end a dead letter: what AWS did not let us do. Idempotent: a
merged event merges to the same row, a token takes one answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listeners.queue_messages import QueueMessage, QueueMessages
from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.metrics import count_announcement, count_stack_events, note_wake
from stowage.domain.awaiting import OPERATIONS, Awaited, Look, answer_token
from stowage.domain.errors import PermanentError, StowageError
from stowage.domain.merge import operation_of
from stowage.domain.notifications import Notifier
from stowage.domain.ports import Clock, Projects, Sighted, Sightings, Stacks, Waits
from stowage.domain.projects import Owner
from stowage.domain.stack_events import StackEvent, UnreadableEventError, stack_event_from


class Notification(BaseModel):
    """What SNS puts into a queue; other members are let be.

    https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)

    type: Literal["Notification"] = Field(alias="Type")
    topic_arn: str = Field(alias="TopicArn")
    message: str = Field(alias="Message")


@dataclass(slots=True)
class StackNews:
    """A batch's events of one stack, with the topic that they came by and the messages that carried them."""

    topic_arn: str
    events: list[StackEvent] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What became of a batch's events; `again` are the messages that the queue shall repeat."""

    merged: int = 0
    unknown: int = 0
    dropped: int = 0
    again: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StackEventListener:
    """Hears of stacks, and tells mirror, waiting states and pages."""

    projects: Projects
    sightings: Sightings
    stacks: Stacks
    waits: Waits
    notifier: Notifier
    clock: Clock

    def hear(self, messages: Iterable[QueueMessage]) -> Tally:
        """Handle a batch, stack by stack; one stack's trouble is no other's."""
        tally = Tally()
        for news in _by_stack(messages, tally):
            first = news.events[0]
            with logger().append_context_keys(stack=first.stack_name, stack_id=first.stack_id):
                try:
                    self._hear_of(news, tally)
                except StowageError as error:
                    logger().warning("Left to the queue", error=type(error).__name__, sentence=str(error))
                    tally.again.extend(news.messages)
        return tally

    def _hear_of(self, news: StackNews, tally: Tally) -> None:
        first = news.events[0]
        owner = self.projects.owner_of(*first.place)
        if owner is None or owner.topic_arn != news.topic_arn:
            logger().warning("Dropped: its account is not its topic's project's", topic=news.topic_arn)
            tally.dropped += len(news.events)
            return
        row_of = self.sightings.find(owner.project, first.stack_name)
        seen = None if row_of is None else self.sightings.merge(row_of, first.stack_id, news.events)
        if row_of is None or seen is None:
            # The baseline's own stack, somebody else's, or one that reconcile will describe: nothing is written.
            logger().info("The mirror knows no such stack", events=len(news.events))
            tally.unknown += len(news.events)
            return
        with logger().append_context_keys(project=owner.project, kind=row_of.kind, name_of=row_of.name):
            logger().info("Merged", events=len(news.events), news=seen.news, stack_status=seen.sight.status)
            tally.merged += len(news.events)
            try:
                self._wake(owner, seen, news.events)
            finally:
                if seen.news:
                    self._tell(seen)

    def _wake(self, owner: Owner, seen: Sighted, events: Iterable[StackEvent]) -> None:
        """Answer the state that waits for what has just ended, by the stack's own description."""
        end = _end_of(seen, events)
        token = seen.row.wake_token
        if end is None or token is None:
            return
        awaited, event = end
        project = self.projects.get_project(owner.project)
        if project is None:
            return
        answer = Look(awaited, project, self.stacks, _log_denial).answer()
        if answer is None:
            # Descriptions lag behind events at times; AwaitStack looks again within its poll interval.
            logger().info("The stack's description does not show its end yet")
        elif answer_token(self.waits, token, answer):
            note_wake(event.at, self.clock.now())
            logger().info("Woke the waiting state", change=awaited.change, state="AwaitStack")

    def _tell(self, seen: Sighted) -> None:
        """Tell open pages; that one cannot be told is no reason to hear the events again."""
        try:
            told = self.notifier.announce_progress(seen)
        except StowageError as error:
            logger().warning("Progress was not told", error=type(error).__name__, sentence=str(error))
            return
        if told is not None:
            count_announcement(told)


def _by_stack(messages: Iterable[QueueMessage], tally: Tally) -> Iterable[StackNews]:
    """Give the batch's events by topic and stack; what is none is dropped, counted and never repeated."""
    found: dict[tuple[str, str], StackNews] = {}
    for message in messages:
        try:
            notification = Notification.model_validate_json(message.body)
            event = stack_event_from(notification.message)
        except ValidationError:
            logger().warning("Dropped: no notification of SNS", message_id=message.message_id)
            tally.dropped += 1
        except UnreadableEventError as error:
            logger().warning("Dropped: no stack event", message_id=message.message_id, sentence=str(error))
            tally.dropped += 1
        else:
            news = found.setdefault((notification.topic_arn, event.stack_id), StackNews(notification.topic_arn))
            news.events.append(event)
            news.messages.append(message.message_id)
    return found.values()


def _end_of(seen: Sighted, events: Iterable[StackEvent]) -> tuple[Awaited, StackEvent] | None:
    """Give what is waited for, and the event by which it has ended; None if no such event is among these.

    It is the stack's own, at rest, and carries the token of an operation of the lock's holder: a resource's end is not
    the stack's, and an operation that was started outside Stowage is nobody's to wait for.
    """
    row, lock = seen.row, seen.row.resource.lock
    if lock is None or row.stack_id is None:
        return None
    wish = row.stop_of(lock.change)
    for event in events:
        if not event.of_the_stack or event.status.endswith("_IN_PROGRESS"):
            continue
        for action, word in OPERATIONS.values():
            awaited = Awaited(
                change=lock.change,
                person=lock.actor_id,
                fence=row.fence,
                action=action,
                word=word,
                stack_id=row.stack_id,
                known_updated_at=row.stack_updated_at,
                told=event.status,
                stopped_by=None if wish is None else wish.actor,
            )
            stops = (
                wish is not None
                and action is lock.action
                and word is None
                and operation_of(event.token) == operation_of(awaited.stop_token)
            )
            if stops or operation_of(event.token) == operation_of(awaited.token):
                return awaited, event
    return None


def _log_denial(denied: PermanentError) -> None:
    logger().warning("The stack's events cannot be read", error=type(denied).__name__, sentence=str(denied))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle a batch, and hand back to the queue what shall be repeated.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    listener = StackEventListener(
        projects=bootstrap.projects(),
        sightings=bootstrap.sightings(),
        stacks=bootstrap.stacks(),
        waits=bootstrap.waits(),
        notifier=bootstrap.notifier(),
        clock=bootstrap.clock(),
    )
    with logger().append_context_keys(request_id=getattr(context, "aws_request_id", None)):
        tally = listener.hear(QueueMessages.model_validate(event).messages)
        count_stack_events(merged=tally.merged, unknown=tally.unknown, dropped=tally.dropped)
        return {"batchItemFailures": [{"itemIdentifier": each} for each in tally.again]}
