"""State NotifyStarted."""

from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.outcomes import Outcome
from tasks.notify_started import notify_started
from tests.unit.fakes.world import CHANGE, STARTED_AT, World


def test_open_pages_learn_who_holds_the_resource() -> None:
    """The row's lock and status go out with the change, which runs."""
    world = World()
    request = world.lock()
    world.listen("page")

    notify_started(request, changes=world.changes, notifier=world.notifier)

    resource, change = world.connections.messages("page")
    assert resource["resource"]["lock"]["change"] == CHANGE
    assert (change["change"]["status"], change["state"]) == ("RUNNING", "NotifyStarted")


def test_the_changes_row_is_there_even_if_the_api_did_not_come_to_it() -> None:
    """A crash between StartExecution and the row leaves no change without one."""
    world = World()

    notify_started(world.lock(), changes=world.changes, notifier=world.notifier)

    assert world.changes.get("apollo", CHANGE) is not None


def test_an_end_is_never_overwritten() -> None:
    """A redriven execution passes here again."""
    world = World()
    request = world.lock()
    ended = Change.started(request.change, STARTED_AT).ended(
        ChangeStatus.FAILED, Outcome.CREATE_FAILED, "No.", STARTED_AT
    )
    world.changes.put_ended(ended)

    notify_started(request, changes=world.changes, notifier=world.notifier)

    assert world.changes.get("apollo", CHANGE) == ended
