"""Listener of stack events."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from listeners.queue_messages import QueueMessage
from listeners.stack_event import StackEventListener, Tally, handler
from stowage.adapters import bootstrap
from stowage.domain.changes import Action
from stowage.domain.errors import AccessDeniedError, ServiceUnavailableError
from stowage.domain.stacks import token_of
from tasks.await_stack import AwaitStackRequest, await_stack
from tasks.submit_stack_operation import submit_stack_operation
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.sightings import FakeSightings
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.world import CHANGE, KEY, NAME, World, find_kind

STACK = f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{NAME}/given"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:stowage-stack-events"
OWN = "AWS::CloudFormation::Stack"
LATE = "2026-11-23T09:30:00.000Z"


def body(status: str = "CREATE_COMPLETE", topic: str = TOPIC, **fields: str | None) -> str:
    """Write a notification as SNS puts it into the queue; of the stack itself unless told otherwise."""
    given: dict[str, str | None] = {
        "StackId": STACK,
        "Timestamp": "2026-11-23T09:00:30.000Z",
        "EventId": "11111111-2222-3333-4444-555555555555",
        "LogicalResourceId": NAME,
        "Namespace": "111111111111",
        "PhysicalResourceId": STACK,
        "ResourceProperties": '{"Secret":"canary"}',
        "ResourceStatus": status,
        "ResourceStatusReason": "",
        "ResourceType": OWN,
        "StackName": NAME,
        "ClientRequestToken": token_of(CHANGE, "create", 1),
        **fields,
    }
    text = "".join(f"{name}='{value}'\n" for name, value in given.items() if value is not None)
    return json.dumps({"Type": "Notification", "TopicArn": topic, "Message": text, "Signature": "x"})


def of_the_bucket(status: str, **fields: str) -> str:
    """Write a notification of a resource in the stack."""
    bucket = {"LogicalResourceId": "Bucket", "PhysicalResourceId": "apples", "ResourceType": "AWS::S3::Bucket"}
    return body(status, **{**bucket, "EventId": f"Bucket-{status}-2026-11-23T09:00:30.000Z", **fields})


def waiting(action: Action = Action.CREATE, status: str = "CREATE_COMPLETE", **fields: Any) -> World:
    """Give a world in which a change sleeps on its stack, whose description shows `status`."""
    world = World()
    if action is not Action.CREATE:
        world.resources.put(resource_row(*_key(), stack_id=STACK, fence=0))
    world.stack(status, **fields)
    locked = world.lock(action)
    world.resources.store_wake_token(KEY, change=CHANGE, fence=locked.fence, token="token", stack_id=STACK)
    return world


def _key() -> tuple[str, str, str]:
    return KEY.project, KEY.kind, KEY.name


def hear(world: World, *bodies: str, **ports: Any) -> Tally:
    """Let the listener hear a batch."""
    given: dict[str, Any] = {
        "projects": world.projects,
        "sightings": FakeSightings(world.resources),
        "stacks": world.stacks,
        "waits": world.waits,
        "notifier": world.notifier,
        "clock": world.clock,
        **ports,
    }
    messages = [QueueMessage(messageId=f"message-{number}", body=each) for number, each in enumerate(bodies)]
    return StackEventListener(**given).hear(messages)


def test_the_stacks_own_end_answers_the_waiting_state_with_what_is_described() -> None:
    """Its result is the one that AwaitStack's own look would have given."""
    world = waiting(outputs={"Arn": "arn:described"})

    tally = hear(world, body())

    assert json.loads(world.waits.succeeded["token"])["outputs"] == {"Arn": "arn:described"}
    assert (tally.merged, tally.unknown, tally.dropped, tally.again) == (1, 0, 0, [])


def test_a_failed_operation_answers_with_its_error_and_its_first_failing_event() -> None:
    """As AwaitStack does: the error's class name, and CloudFormation's own reason."""
    world = waiting(status="ROLLBACK_COMPLETE", token=token_of(CHANGE, "create", 1))
    world.stacks.settle(STACK, "ROLLBACK_COMPLETE", failure="The bucket has no name.")

    hear(world, body("ROLLBACK_COMPLETE"))

    assert world.waits.failed["token"] == ("StackCreateFailedError", "The bucket has no name.")


@pytest.mark.parametrize(
    "event",
    [
        of_the_bucket("CREATE_COMPLETE"),
        body("CREATE_IN_PROGRESS"),
        body("ROLLBACK_IN_PROGRESS"),
        body(ClientRequestToken="Console-CreateStack-1"),
        body(ClientRequestToken=token_of(CHANGE, "create", 2)),
        body(ClientRequestToken=token_of(CHANGE, "clear", 1)),
        body(ClientRequestToken=None),
        body(PhysicalResourceId=STACK + "-nested"),
    ],
)
def test_nothing_else_wakes_it(event: str) -> None:
    """A resource's end, a status in progress, another operation's end: the stack is not even described."""
    world = waiting()
    stacks = Spy(world.stacks)

    hear(world, event, stacks=stacks)

    assert world.waits.waiting == {"token"}
    assert stacks.calls == []


def test_a_description_that_lags_behind_leaves_the_state_asleep() -> None:
    """The event is a hint, the description decides; AwaitStack looks again within its interval."""
    world = waiting(status="CREATE_IN_PROGRESS")

    tally = hear(world, body())

    assert world.waits.waiting == {"token"}
    assert tally.again == []


def test_a_description_that_does_not_see_the_stack_yet_leaves_the_state_asleep() -> None:
    """Its event has told that it stands: that there is none is older than that."""
    world = waiting()
    world.stacks.by_id.clear()

    tally = hear(world, body())

    assert (world.waits.waiting, tally.again) == ({"token"}, [])


def test_an_end_that_its_own_event_tells_costs_one_description_and_no_look_at_events() -> None:
    """An update's end could be the one before, were it not for the event (ADR 0004)."""
    world = waiting(Action.UPDATE, "UPDATE_COMPLETE")
    stacks = Spy(world.stacks)

    hear(world, body("UPDATE_COMPLETE", ClientRequestToken=token_of(CHANGE, "update", 1)), stacks=stacks)

    assert "token" in world.waits.succeeded
    assert stacks.calls == ["FakeStacks.describe"]


@pytest.mark.parametrize(("polls", "reads"), [(0, 1), (4, 1)])
def test_a_change_with_events_costs_one_mutation_and_at_most_two_reads(
    polls: int, reads: int, tell_figure: Callable[[str], None]
) -> None:
    """P7: a first look where no event was quicker, and the look at the end; none where the stack was heard at work."""
    world, calls = World(), list[str]()
    locked, stacks = world.lock(), Spy(world.stacks, calls)
    ports: dict[str, Any] = {"projects": world.projects, "resources": world.resources, "stacks": stacks}
    submitted = submit_stack_operation(
        locked,
        **ports,
        custodian=world.custodian,
        contents=world.contents,
        clock=world.clock,
        find_kind=find_kind,
    )
    assert submitted.stack_id is not None
    of_it = {"StackId": submitted.stack_id, "PhysicalResourceId": submitted.stack_id}
    waiting_request = AwaitStackRequest.model_validate(
        {**locked.model_dump(), **submitted.model_dump(), "task_token": "token"}
    )
    for number in range(polls + 1):
        second = f"2026-11-23T09:01:{number:02d}Z"
        status = {"ResourceStatus": "CREATE_IN_PROGRESS", "EventId": f"e-{number}", "Timestamp": second, **of_it}
        hear(world, body(**status), stacks=stacks)
        await_stack(waiting_request, **ports, waits=world.waits, clock=world.clock)
    world.stacks.settle(submitted.stack_id, "CREATE_COMPLETE")
    hear(world, body(Timestamp="2026-11-23T09:02:00Z", **of_it), stacks=stacks)

    tell_figure(f"CloudFormation calls of a creation with events, {polls} polls: {len(calls)}")
    assert "token" in world.waits.succeeded
    assert calls == ["FakeStacks.create"] + ["FakeStacks.describe"] * reads


def test_a_second_delivery_changes_nothing_and_tells_nobody() -> None:
    """SNS and SQS deliver at least once."""
    world = waiting()
    hear(world, body())
    world.listen("page")
    row = world.row

    tally = hear(world, body())

    assert world.row == row
    assert world.connections.messages("page") == []
    assert tally.again == []


def test_a_late_event_does_not_overwrite_the_end() -> None:
    """What the change has read of the stack stands against all that was before (M1)."""
    world = waiting()
    resource = world.row.resource.model_copy(update={"stack_status": "CREATE_COMPLETE", "verified_at": LATE})
    world.resources.finish(KEY, change=CHANGE, fence=1, resource=resource, stack_id=STACK, deleted=False)

    hear(world, body("CREATE_IN_PROGRESS"))

    assert world.row.resource.stack_status == "CREATE_COMPLETE"


def test_what_changes_write_is_never_touched() -> None:
    """Lock, fence, spec, version, status, outcome: nothing of them is an event's to write (L4)."""
    world = waiting()
    before = world.row

    hear(world, body(), of_the_bucket("CREATE_COMPLETE"))

    after = world.row
    same = {"stack_status": before.resource.stack_status}
    assert after.resource.stack_status == "CREATE_COMPLETE"
    assert after.resource.model_copy(update=same) == before.resource
    assert after.model_copy(update={"resource": before.resource, "heard": None}) == before


@pytest.mark.parametrize(
    "foreign",
    [
        body(topic="arn:aws:sns:eu-west-1:222222222222:stowage-stack-events"),
        body(topic="arn:aws:sns:eu-west-1:111111111111:another"),
        body(topic="arn:aws:sns:us-east-1:111111111111:stowage-stack-events"),
        body(StackId=STACK.replace("111111111111", "222222222222")),
        body(
            StackId=STACK.replace("111111111111", "999999999999"), topic=TOPIC.replace("111111111111", "999999999999")
        ),
        body(StackId=STACK.replace("eu-west-1", "us-east-1")),
    ],
)
def test_an_event_of_an_account_that_is_not_its_topics_projects_is_dropped(foreign: str) -> None:
    """Who can publish to one project's topic says nothing of another's stacks; and it is never repeated."""
    world = waiting()
    before = world.row

    tally = hear(world, foreign)

    assert (world.row, world.waits.waiting) == (before, {"token"})
    assert (tally.dropped, tally.again) == (1, [])


@pytest.mark.parametrize("broken", ["", "{}", "[]", "hello", json.dumps({"Type": "SubscriptionConfirmation"}), "\x00"])
def test_what_is_no_event_is_dropped_and_the_rest_of_the_batch_is_heard(broken: str) -> None:
    """A message that can never be read is no reason to hear it a hundred times."""
    world = waiting()

    tally = hear(world, broken, body())

    assert (tally.merged, tally.dropped, tally.again) == (1, 1, [])
    assert "token" in world.waits.succeeded


@pytest.mark.parametrize(
    "unknown",
    [
        body(StackId=STACK.replace("/given", "/older")),
        body(StackId=STACK.replace(NAME, "stowage-baseline"), StackName="stowage-baseline"),
        body(StackId=STACK.replace(NAME, "stowage-crate-pears"), StackName="stowage-crate-pears"),
        body(StackId=STACK.replace(NAME, "somebodys"), StackName="somebodys"),
    ],
)
def test_a_stack_that_the_mirror_does_not_know_writes_nothing(unknown: str) -> None:
    """An older incarnation, the baseline's own stack, a stranger's (M2)."""
    world = waiting()
    before = dict(world.resources.rows)

    tally = hear(world, unknown)

    assert world.resources.rows == before
    assert (tally.unknown, tally.again) == (1, [])
    assert world.waits.waiting == {"token"}


def test_an_event_before_the_first_look_is_known_by_its_changes_token() -> None:
    """AwaitStack has not written the stack's id yet; only the lock's holder's own operation may be meant."""
    world = World()
    world.stack("CREATE_IN_PROGRESS")
    world.lock()

    strangers = hear(world, body("CREATE_IN_PROGRESS", ClientRequestToken="Console-CreateStack-1"))
    assert (strangers.unknown, world.row.resource.stack_status) == (1, None)
    ours = hear(world, body("CREATE_IN_PROGRESS"))

    assert (ours.merged, world.row.resource.stack_status) == (1, "CREATE_IN_PROGRESS")
    assert world.row.stack_id is None


def test_a_tombstone_hears_nothing_more() -> None:
    """The deletion's own last events come after its end (M2)."""
    world = World()
    world.resources.put(resource_row(*_key(), stack_id=STACK, deleted=True))
    before = world.row

    assert hear(world, body("DELETE_COMPLETE")).unknown == 1
    assert world.row == before


def test_pages_are_told_of_progress_once_a_batch() -> None:
    """One message of all resources that this operation has touched, with the change that is at it."""
    world = waiting(status="CREATE_IN_PROGRESS")
    world.listen("page")

    hear(
        world,
        body("CREATE_IN_PROGRESS", Timestamp="2026-11-23T09:00:01Z", EventId="e-1"),
        of_the_bucket("CREATE_IN_PROGRESS", Timestamp="2026-11-23T09:00:02Z"),
        of_the_bucket("CREATE_FAILED", Timestamp="2026-11-23T09:00:03Z", ResourceStatusReason="No."),
    )

    assert world.connections.messages("page") == [
        {
            "type": "progress",
            "project": "apollo",
            "seq": 1,
            "kind": "crate",
            "name": "apples",
            "change": CHANGE,
            "stackStatus": "CREATE_IN_PROGRESS",
            "resources": [
                {"logicalId": "Bucket", "type": "AWS::S3::Bucket", "status": "CREATE_FAILED", "reason": "No."}
            ],
        }
    ]
    assert "canary" not in json.dumps(world.connections.messages("page"))


def test_with_nobody_listening_no_number_is_used() -> None:
    """Progress is for who looks; a number that nobody was sent would be a gap for who comes next."""
    world = waiting()

    hear(world, body())

    assert world.resources.seqs == {}


def test_a_message_about_many_resources_stays_in_one_frame() -> None:
    """Reasons go first."""
    world = waiting(status="CREATE_IN_PROGRESS")
    world.listen("page")
    long = {"ResourceStatusReason": "ü" * 5_000}

    hear(world, *(of_the_bucket("CREATE_FAILED", LogicalResourceId=f"R{number:02d}", **long) for number in range(60)))

    [message] = world.connections.messages("page")
    assert len(json.dumps(message, ensure_ascii=False).encode()) < 32 * 1024
    assert len(message["resources"]) == 40


def test_what_aws_did_not_let_us_do_comes_again_and_only_that() -> None:
    """One stack's trouble is no other's."""
    world = waiting()
    stacks = Spy(world.stacks)
    stacks.fail("describe", ServiceUnavailableError("Not now."))

    tally = hear(
        world, of_the_bucket("CREATE_COMPLETE", StackId=STACK.replace("/given", "/older")), body(), stacks=stacks
    )

    assert tally.again == ["message-1"]
    hear(world, body(), stacks=stacks)
    assert "token" in world.waits.succeeded


def test_a_denied_description_comes_again_too() -> None:
    """Who mended the role finds the event in the dead letters; AwaitStack tells the denial by itself."""
    world = waiting()
    stacks = Spy(world.stacks)
    stacks.fail("describe", AccessDeniedError("No."))

    assert hear(world, body(), stacks=stacks).again == ["message-0"]


def test_an_answered_or_timed_out_token_is_no_fault() -> None:
    """AwaitStack was quicker."""
    world = waiting()
    world.waits.waiting.clear()

    assert hear(world, body()).again == []


def test_a_page_that_cannot_be_told_brings_no_event_back() -> None:
    """A notification delays nothing."""
    world = waiting()
    world.listen("page")
    sockets = Spy(world.sockets)
    sockets.fail("subscribers", ServiceUnavailableError("Not now."))
    world.notifier = type(world.notifier)(world.projects, world.resources, sockets, world.connections)

    assert hear(world, body()).again == []
    assert "token" in world.waits.succeeded


def test_the_handler_answers_with_the_messages_that_shall_come_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As ReportBatchItemFailures wants it; and no property of a resource stands in the log."""
    world = waiting()
    stacks = Spy(world.stacks)
    stacks.fail("describe", ServiceUnavailableError("Not now."))
    sightings = FakeSightings(world.resources)
    ports = {"projects": world.projects, "stacks": stacks, "waits": world.waits, "notifier": world.notifier}
    for name, port in {**ports, "clock": world.clock, "sightings": sightings}.items():
        monkeypatch.setattr(bootstrap, name, lambda port=port: port)
    records = [{"messageId": "message-7", "body": body()}]

    answers = [handler({"Records": records}, SimpleNamespace(aws_request_id="request")) for _ in range(2)]

    assert answers == [{"batchItemFailures": [{"itemIdentifier": "message-7"}]}, {"batchItemFailures": []}]
    assert "canary" not in capsys.readouterr().out
