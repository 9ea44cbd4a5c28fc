"""State NotifySucceeded."""

from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.outcomes import Outcome
from tasks.notify_succeeded import notify_succeeded
from tests.unit.fakes.world import CHANGE, KEY, STARTED_AT, World


def test_open_pages_learn_the_end_and_that_the_resource_is_free() -> None:
    """Change and row are read anew, after the lock was released."""
    world = World()
    request = world.lock()
    world.listen("page")
    world.changes.put_ended(
        Change.started(request.change, STARTED_AT).ended(ChangeStatus.SUCCEEDED, Outcome.SUCCEEDED, None, STARTED_AT)
    )
    world.resources.release_lock(KEY, CHANGE, 1)

    notify_succeeded(request, changes=world.changes, notifier=world.notifier)

    resource, change = world.connections.messages("page")
    assert resource["resource"]["lock"] is None
    assert (change["change"]["outcome"], change["state"]) == ("SUCCEEDED", "NotifySucceeded")
