"""Announcing a change as tasks and listeners do it: tell the open pages, log and count whom it reached."""

from stowage.adapters.log import logger
from stowage.adapters.metrics import count_announcement
from stowage.domain.changes import Change
from stowage.domain.notifications import Notifier


def announce(notifier: Notifier, change: Change, state: str) -> None:
    """Tell the project's open pages of the change, in the name of the machine's state."""
    told = notifier.announce(change, state)
    logger().info("Announced", state=state, seq=told.seq, sent=told.sent, gone=told.gone, failed=told.failed)
    count_announcement(told)
