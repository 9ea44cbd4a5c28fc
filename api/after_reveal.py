"""What follows a reveal: the key is marked, its secret deleted, a waiting rotation woken, the managers told.

The credentials are on their way already, so that nothing here may fail their answer, nor hold it up for long. Each step
is tried though another failed, and logged where it fails: the schedule repeats the first, a rotation polls, a page
reads anew.
"""

from threading import Thread

from api.surviving import surviving
from api.wiring import Ports
from stowage.adapters.log import logger
from stowage.domain.handovers import Handover
from stowage.domain.notices import Notice
from stowage.domain.notifications import give_notice
from stowage.domain.ports import Reveal
from stowage.domain.projects import Project
from stowage.domain.reveals import settle_reveal
from stowage.domain.rotation import wake

AFTERWARDS_SECONDS = 5.0
"""What follows the claim may take so long before the answer goes; API Gateway waits 30 s for all of it."""


def follow_reveal(handover: Handover, reveal: Reveal, project: Project, notice: Notice, *, ports: Ports) -> None:
    """Do all that follows, within five seconds or beside the answer.

    A step that takes longer goes on when Lambda next wakes this process, or never: that is as if it had failed.
    """
    follower = Thread(target=_follow, args=(handover, reveal, project, notice, ports), daemon=True)
    try:
        follower.start()
    except RuntimeError:  # no thread can be had
        logger().warning("what follows a reveal could not begin", handover=handover.id)
        return
    follower.join(AFTERWARDS_SECONDS)
    if follower.is_alive():
        logger().warning("what follows a reveal takes long", handover=handover.id)


def _follow(handover: Handover, reveal: Reveal, project: Project, notice: Notice, ports: Ports) -> None:
    row = None
    with surviving("the reveal could not be settled", handover.id):
        row = settle_reveal(
            (project, handover.kind, handover.name),
            handover.rotation,
            revealed_at=reveal.at,
            person=handover.created_by_id,
            credential_rows=ports.credential_rows(),
            secret_store=ports.secret_store(),
        )
    with surviving("the rotation could not be woken", handover.id):
        if row is not None:
            wake(row, ports.waits())
    tell(notice, handover, ports=ports)


def tell(notice: Notice, handover: Handover, *, ports: Ports) -> None:
    """Give the notice, and let open pages read the handovers anew; what fails is logged alone."""
    with surviving("the notice could not be given", handover.id):
        give_notice(notice, notices=ports.notices(), notifier=ports.notifier())
    announce_credentials(handover, ports=ports)


def announce_credentials(handover: Handover, *, ports: Ports) -> None:
    """Let open pages read a resource's credentials and handovers anew; what fails is logged alone."""
    with surviving("the pages could not be told", handover.id):
        ports.notifier().announce_credentials(handover.project, handover.kind, handover.name)
