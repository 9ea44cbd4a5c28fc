"""The notifier that the states NotifyStarted, NotifySucceeded, NotifyFailed and NotifyRefused share."""

import pytest

from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.errors import ServiceUnavailableError, ThrottledError
from stowage.domain.notifications import FRAME_BYTES, Notifier
from stowage.domain.outcomes import Outcome
from stowage.domain.resources import ResourceName
from tests.unit.fakes import people
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.world import CHANGE, STARTED_AT, World, request


def change() -> Change:
    """Give the running change."""
    return Change.started(request(), STARTED_AT)


def test_a_member_receives_the_resource_and_then_the_change() -> None:
    """Two messages in order, numbered without a gap, ending at the project's number."""
    world = World()
    world.lock()
    world.listen("page")

    announced = world.notifier.announce(change(), "NotifyStarted")

    resource, told = world.connections.messages("page")
    assert (resource["type"], resource["seq"], resource["resource"]["name"]) == ("resource", 1, "apples")
    assert (told["type"], told["seq"], told["change"]["id"], told["state"]) == ("change", 2, CHANGE, "NotifyStarted")
    assert (announced.seq, world.resources.get_seq("apollo")) == (2, 2)


def test_who_is_no_member_now_receives_nothing() -> None:
    """A subscription outlives a membership; the message does not (N1)."""
    world = World()
    world.lock()
    world.listen("page")
    world.listen("stranger", people.STRANGER.id)
    world.projects.delete_membership("apollo", people.MANAGER.id)

    world.notifier.announce(change(), "NotifyStarted")

    assert world.connections.sent == []


def test_members_are_asked_once_however_many_pages_are_open() -> None:
    """One query of members and one of subscribers for a message to any number of sockets."""
    world = World()
    world.lock()
    for number in range(50):
        world.listen(f"page-{number}")
    world.calls.clear()

    world.notifier.announce(change(), "NotifyStarted")

    reads = [call for call in world.calls if not call.startswith("FakeConnections")]
    assert sorted(reads) == [
        "FakeProjects.list_members",
        "FakeResources.advance_seq",
        "FakeResources.get",
        "FakeSockets.subscribers",
    ]
    assert len(world.connections.sent) == 100


def test_a_closed_page_is_forgotten_and_the_others_are_told() -> None:
    """A connection that answers 410 is removed."""
    world = World()
    world.lock()
    world.listen("closed")
    world.listen("open")
    world.connections.gone.add("closed")

    announced = world.notifier.announce(change(), "NotifyStarted")

    assert (announced.sent, announced.gone) == (1, 1)
    assert world.sockets.person_of("closed") is None
    assert len(world.connections.messages("open")) == 2


@pytest.mark.parametrize("error", [ThrottledError("Slow down."), ServiceUnavailableError("No answer.")])
def test_a_page_that_fails_otherwise_is_kept_and_fails_nothing(error: Exception) -> None:
    """It sees the gap in `seq` and reads anew."""
    world = World()
    world.lock()
    world.listen("page")
    connections = Spy(world.connections)
    connections.fail("post", error)

    announced = Notifier(world.projects, world.resources, world.sockets, connections).announce(change(), "X")

    assert announced.failed == 1
    assert world.sockets.person_of("page") is not None


def test_the_number_advances_although_nobody_listens() -> None:
    """A page that comes back finds that it missed something (N2)."""
    world = World()
    world.lock()

    world.notifier.announce(change(), "NotifyStarted")

    assert world.resources.get_seq("apollo") == 2


def test_a_message_over_one_frame_loses_its_bulk_and_says_so() -> None:
    """The page reads the resource itself then; the fake connection refuses a longer message."""
    world = World()
    world.lock(spec={"description": "ü" * FRAME_BYTES})
    world.listen("page")

    world.notifier.announce(change(), "NotifyStarted")

    resource, told = world.connections.messages("page")
    assert resource["truncated"] is True
    assert (resource["resource"]["spec"], resource["resource"]["name"]) == ({}, "apples")
    assert "truncated" not in told


def test_a_resource_that_half_the_project_names_still_fits_a_frame() -> None:
    """Who names it is bulk too: it goes, the message says so, and the page reads it."""
    world = World()
    users = tuple(ResourceName(kind="pallet", name=f"pallet-{number:03}-{'x' * 40}") for number in range(500))
    world.resources.put(resource_row("apollo", "crate", "apples", referenced_by=users))
    world.listen("page")

    world.notifier.announce(change(), "NotifyStarted")

    resource, _ = world.connections.messages("page")
    assert resource["truncated"] is True
    assert resource["resource"]["referencedBy"] == []


def test_a_beginning_does_not_tell_what_the_change_before_it_touched() -> None:
    """Only an end does: what it named or ceased to name is told then."""
    world = World()
    touched = (ResourceName(kind="crate", name="pears"),)
    world.resources.put(resource_row("apollo", "crate", "pears"))
    world.resources.put(resource_row("apollo", "crate", "apples", touched=touched))
    world.listen("page")

    world.notifier.announce(change(), "NotifyStarted")
    assert len(world.connections.messages("page")) == 2
    ended = change().ended(ChangeStatus.SUCCEEDED, Outcome.SUCCEEDED, None, STARTED_AT)
    world.notifier.announce(ended, "NotifySucceeded")

    told = world.connections.messages("page")[2:]
    assert [(each["type"], each["seq"]) for each in told] == [("resource", 3), ("resource", 4), ("change", 5)]
