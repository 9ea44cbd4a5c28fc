"""What stack events write to a resource's row, on moto."""

import json
from typing import Any

import pytest

from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.adapters.dynamodb.sightings import SEEN, DynamoSightings
from stowage.domain.errors import ConcurrentUpdateError
from stowage.domain.merge import operation_of
from stowage.domain.ports import ResourceKey
from stowage.domain.resources import ResourceStatus, stack_name, unfolded
from stowage.domain.stack_events import STACK_TYPE, StackEvent
from stowage.domain.stacks import token_of
from tests.integration.conftest import TABLE
from tests.integration.test_dynamodb_resources import done, put_row
from tests.unit.fakes.resources import FakeResources
from tests.unit.fakes.sightings import FakeSightings
from tests.unit.fakes.world import CHANGE, KEY, NAME

STACK = f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{NAME}/given"
EARLY, LATE = "2026-11-23T09:00:10.000Z", "2026-11-23T09:30:00.000Z"
KINDS = ("crate", "sftp-user", "user")


def event(status: str, logical_id: str | None = None, at: str = EARLY, **fields: str) -> StackEvent:
    """Give an event of the stack itself, or of a resource in it."""
    given: dict[str, Any] = {
        "stack_id": STACK,
        "stack_name": NAME,
        "event_id": f"{logical_id}-{status}",
        "logical_id": logical_id or NAME,
        "physical_id": "physical" if logical_id else STACK,
        "resource_type": "AWS::S3::Bucket" if logical_id else STACK_TYPE,
        "status": status,
        "reason": None,
        "at": at,
        "token": "sours",
        **fields,
    }
    return StackEvent(**given)


def sightings(client: Any) -> DynamoSightings:
    """Give the port on the table."""
    return DynamoSightings(client, TABLE, lambda: KINDS)


def stored(client: Any) -> dict[str, Any]:
    """Give the row as DynamoDB keeps it."""
    item: dict[str, Any] = client.get_item(
        TableName=TABLE, Key={"pk": {"S": "RESOURCES#apollo"}, "sk": {"S": "RESOURCE#crate#apples"}}
    )["Item"]
    return item


def test_events_write_their_own_attributes_and_no_other(dynamodb: Any) -> None:
    """Status of the stack, its mark, the progress, that it was heard: all else is what changes write (L4)."""
    put_row(dynamodb, stackId={"S": STACK}, wakeToken={"S": "token"})
    before = stored(dynamodb)

    seen = sightings(dynamodb).merge(KEY, STACK, [event("CREATE_IN_PROGRESS"), event("CREATE_COMPLETE", "Bucket")])

    after = stored(dynamodb)
    assert {name for name in {*before, *after} if before.get(name) != after.get(name)} == {
        "stackStatus",
        "stackMark",
        "progress",
        "heard",
    }
    assert seen is not None
    assert seen.news
    assert (seen.row.resource.stack_status, seen.row.wake_token) == ("CREATE_IN_PROGRESS", "token")
    assert seen.sight.of_this_operation()["Bucket"].status == "CREATE_COMPLETE"


def test_a_merge_is_a_read_and_a_write_and_a_repeat_a_read(dynamodb: Any, calls: list[str]) -> None:
    """And nothing at all to find a row whose stack is called as it is."""
    put_row(dynamodb, stackId={"S": STACK})
    calls.clear()

    assert sightings(dynamodb).find("apollo", NAME) == KEY
    sightings(dynamodb).merge(KEY, STACK, [event("CREATE_COMPLETE")])
    again = sightings(dynamodb).merge(KEY, STACK, [event("CREATE_COMPLETE")])

    assert [call.split(".")[1] for call in calls] == ["GetItem", "UpdateItem", "GetItem"]
    assert again is not None
    assert not again.news


@pytest.mark.parametrize(
    "row",
    [
        {"stackId": {"S": STACK + "-younger"}},
        {},
        {"stackId": {"S": STACK}, "deletedAt": {"S": LATE}, "status": {"S": "DELETED"}},
    ],
    ids=["another incarnation", "no stack yet", "a tombstone"],
)
def test_a_row_of_another_stack_is_not_written(dynamodb: Any, row: dict[str, Any]) -> None:
    """M2."""
    put_row(dynamodb, **row)
    before = stored(dynamodb)

    assert sightings(dynamodb).merge(KEY, STACK, [event("CREATE_COMPLETE")]) is None
    assert stored(dynamodb) == before
    assert sightings(dynamodb).merge(ResourceKey("apollo", "crate", "pears"), STACK, [event("CREATE_COMPLETE")]) is None


def test_the_first_events_are_kept_when_the_stacks_id_is_written(dynamodb: Any) -> None:
    """They come before AwaitStack's first look, known by the token of the lock's holder."""
    put_row(dynamodb)
    own = token_of(CHANGE, "create", 3)
    events = [event("CREATE_IN_PROGRESS", token=own), event("CREATE_IN_PROGRESS", "Bucket", token=own)]

    assert sightings(dynamodb).merge(KEY, STACK, events) is not None
    row = DynamoResources(dynamodb, TABLE).store_wake_token(KEY, change=CHANGE, fence=3, token="token", stack_id=STACK)
    assert (row.heard, row.resource.stack_status, row.stack_id) == (operation_of(own), "CREATE_IN_PROGRESS", None)
    seen = sightings(dynamodb).merge(KEY, STACK, [event("CREATE_COMPLETE", "Bucket", token=own, at=LATE)])

    assert seen is not None
    assert seen.sight.of_this_operation()["Bucket"].status == "CREATE_COMPLETE"


def test_a_merge_that_was_overtaken_reads_again(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two batches of one stack at once: both are in the row."""
    put_row(dynamodb, stackId={"S": STACK})
    port, write = sightings(dynamodb), DynamoSightings._write
    attempts: list[bool] = []

    def overtaken(self: DynamoSightings, *arguments: Any) -> dict[str, Any] | None:
        if not attempts:
            attempts.append(False)
            monkeypatch.setattr(DynamoSightings, "_write", write)
            sightings(dynamodb).merge(KEY, STACK, [event("CREATE_COMPLETE", "Bucket")])
        return write(self, *arguments)

    monkeypatch.setattr(DynamoSightings, "_write", overtaken)
    seen = port.merge(KEY, STACK, [event("CREATE_IN_PROGRESS")])

    assert seen is not None
    assert json.loads(stored(dynamodb)["progress"]["S"])["resources"].keys() == {"Bucket"}
    assert stored(dynamodb)["stackStatus"] == {"S": "CREATE_IN_PROGRESS"}


def test_a_row_that_is_written_all_the_time_is_left_to_the_queue(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retryable error."""
    put_row(dynamodb, stackId={"S": STACK})
    monkeypatch.setattr(DynamoSightings, "_write", lambda *_: None)

    with pytest.raises(ConcurrentUpdateError):
        sightings(dynamodb).merge(KEY, STACK, [event("CREATE_COMPLETE")])


def test_the_row_that_is_given_has_the_token_of_the_moment_of_the_write(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AwaitStack began a new look between read and write, and heard that the stack is at work: it is woken by this."""
    put_row(dynamodb, stackId={"S": STACK}, wakeToken={"S": "former"})
    write = DynamoSightings._write

    def store_first(self: DynamoSightings, *arguments: Any) -> dict[str, Any] | None:
        mirror = DynamoResources(dynamodb, TABLE)
        mirror.store_wake_token(KEY, change=CHANGE, fence=3, token="now", stack_id=STACK)
        return write(self, *arguments)

    monkeypatch.setattr(DynamoSightings, "_write", store_first)
    seen = sightings(dynamodb).merge(KEY, STACK, [event("CREATE_COMPLETE")])

    assert seen is not None
    assert seen.row.wake_token == "now"


def test_what_was_heard_is_told_once_to_who_looks(dynamodb: Any) -> None:
    """The row as it was tells it; the next look hears nothing, unless another event has come."""
    put_row(dynamodb, stackId={"S": STACK})
    mirror = DynamoResources(dynamodb, TABLE)
    sightings(dynamodb).merge(KEY, STACK, [event("CREATE_IN_PROGRESS")])

    told = [mirror.store_wake_token(KEY, change=CHANGE, fence=3, token="token", stack_id=STACK).heard for _ in range(2)]

    assert told == [operation_of("sours"), None]


@pytest.mark.parametrize("attribute", SEEN)
def test_a_write_rests_on_all_that_was_read(dynamodb: Any, attribute: str) -> None:
    """What it was merged with must stand as it was, whichever of it has changed since."""
    put_row(dynamodb, stackId={"S": STACK})
    port = sightings(dynamodb)
    row = {"stackId": STACK}
    seen = port.merge(KEY, STACK, [event("CREATE_IN_PROGRESS")])
    assert seen is not None
    now = {name: stored(dynamodb)[name]["S"] for name in SEEN if name in stored(dynamodb)}

    assert port._write(KEY, now, seen.sight)
    assert not port._write(KEY, {**row, **now, attribute: "changed"}, seen.sight)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["apples", "green-apples", "mia.maier", "mia_maier@x", "a--b", "-a", "x" * 150])
def test_a_stack_is_found_whatever_its_resource_is_called(dynamodb: Any, kind: str, name: str) -> None:
    """Also by a folded name, beside others that begin alike."""
    for other in (name, "mia.meier", "mia", "apples-2", "a"):
        put_row(dynamodb, other, kind=kind, change=None)

    found = sightings(dynamodb).find("apollo", stack_name(kind, name))

    assert found == ResourceKey("apollo", kind, name)


@pytest.mark.parametrize("name", ["stowage-baseline", "somebodys", "stowage-crate-", "stowage-pallet-apples", ""])
def test_a_stack_of_no_kind_is_nobodys(dynamodb: Any, name: str) -> None:
    """The baseline's own, a stranger's."""
    assert sightings(dynamodb).find("apollo", name) is None


def test_a_folded_name_that_no_row_has_is_nobodys(dynamodb: Any) -> None:
    """A hash that fits nobody."""
    put_row(dynamodb, "mia.maier", kind="user", change=None)

    assert sightings(dynamodb).find("apollo", "stowage-user-mia-maier--0123456789abcdef") is None
    assert unfolded("user", "stowage-user-mia-maier--0123456789abcdef") == ("mia", False)


def finish(mirror: Any, at: str | None, status: str = "CREATE_COMPLETE") -> None:
    """Let the change write what its description of `at` has shown."""
    resource = done(stack_status=status, verified_at=at)
    mirror.finish(KEY, change=CHANGE, fence=3, resource=resource, stack_id=STACK, deleted=False)


@pytest.mark.parametrize(
    ("described", "expected"),
    [(LATE, "CREATE_COMPLETE"), ("2026-11-23T08:59:00.000Z", "UPDATE_IN_PROGRESS"), (None, "UPDATE_IN_PROGRESS")],
    ids=["newer than the event", "older than the event", "never"],
)
def test_a_changes_end_takes_its_place_in_the_order_of_events(
    dynamodb: Any, described: str | None, expected: str
) -> None:
    """The newer fact stands, told by whomever; all else that the change leaves is written either way (L4)."""
    put_row(dynamodb, stackId={"S": STACK})
    mirror = DynamoResources(dynamodb, TABLE)
    sightings(dynamodb).merge(KEY, STACK, [event("UPDATE_IN_PROGRESS"), event("UPDATE_IN_PROGRESS", "Bucket")])

    finish(mirror, described)

    row = mirror.get(KEY.project, KEY.kind, KEY.name)
    assert row is not None
    assert (row.resource.stack_status, row.resource.status) == (expected, ResourceStatus.ACTIVE)
    assert ("progress" in stored(dynamodb)) is (expected != "CREATE_COMPLETE")


def test_a_late_event_does_not_overwrite_the_end(dynamodb: Any) -> None:
    """It is older than the description that ended the change."""
    put_row(dynamodb, stackId={"S": STACK})
    finish(DynamoResources(dynamodb, TABLE), LATE)
    before = stored(dynamodb)

    seen = sightings(dynamodb).merge(KEY, STACK, [event("CREATE_IN_PROGRESS"), event("CREATE_FAILED", "Bucket")])

    assert seen is not None
    assert not seen.news
    assert stored(dynamodb) == before


@pytest.mark.parametrize(
    "steps",
    [
        ("event", "finish", "late"),
        ("finish", "event", "newer"),
        ("event", "newer", "finish"),
        ("event", "other", "event", "finish"),
    ],
)
def test_mirror_and_fake_make_the_same_of_it(dynamodb: Any, steps: tuple[str, ...]) -> None:
    """Events, descriptions, other stacks' events, in several orders: one row in both."""
    put_row(dynamodb, stackId={"S": STACK})
    real, fake = DynamoResources(dynamodb, TABLE), FakeResources()
    given = real.get(KEY.project, KEY.kind, KEY.name)
    assert given is not None
    fake.put(given)
    do: dict[str, Any] = {
        "event": lambda _, seen: seen.merge(KEY, STACK, [event("CREATE_IN_PROGRESS"), event("CREATE_FAILED", "B")]),
        "late": lambda _, seen: seen.merge(KEY, STACK, [event("CREATE_COMPLETE", "B")]),
        "newer": lambda _, seen: seen.merge(KEY, STACK, [event("DELETE_IN_PROGRESS", at="2026-11-23T10:00:00.000Z")]),
        "other": lambda _, seen: seen.merge(KEY, STACK + "-2", [event("DELETE_COMPLETE", stack_id=STACK + "-2")]),
        "finish": lambda mirror, _: finish(mirror, LATE),
    }

    for step in steps:
        answers = [do[step](real, sightings(dynamodb)), do[step](fake, FakeSightings(fake))]
        assert answers[0] == answers[1], step
        assert real.get(KEY.project, KEY.kind, KEY.name) == fake.get(KEY.project, KEY.kind, KEY.name), step
