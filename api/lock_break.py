"""POST …/{name}/lock/break: an operator frees what a change has left held although it is over.

A function of its own answers it (api/break_lock.py): what judges a lock asks CloudFormation in the project's account,
and the function that everybody signed in may call enters none. It does what reconcile does by itself, at once.
"""

from api.access import require_operator
from api.call import Call
from api.http import Answer, answer
from api.surviving import surviving
from stowage.adapters.announcing import announce
from stowage.adapters.log import logger
from stowage.adapters.metrics import count_ended
from stowage.domain.changes import Change
from stowage.domain.errors import NotFoundError
from stowage.domain.kinds import Kind
from stowage.domain.lock_breaking import break_lock
from stowage.domain.notices import NoticeCode, make_notice
from stowage.domain.notifications import give_notice
from stowage.domain.ports import ResourceKey
from stowage.domain.projects import Person
from stowage.domain.resources import Lock, Resource
from stowage.domain.wire import WireModel

STATE = "LockBroken"


class LockBroken(WireModel):
    """A lock that was freed: the change that had left it, as it ended, and the resource as it stands now."""

    change: Change
    resource: Resource


class LockView:
    """The lock of one kind's resources."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def post_break(self, call: Call) -> Answer:
        """Answer POST …/{name}/lock/break."""
        project, name = call.request.parameters["project"], call.request.parameters["name"]
        operator = require_operator(project, call.person, projects=call.ports.projects())
        row = call.ports.resources().get(project, self._kind.kind, name)
        if row is None or (row.deleted and row.resource.lock is None):
            raise NotFoundError(f"There is no {self._kind.title.lower()} {name!r} in {project!r}.")
        lock = row.resource.lock
        recovered = break_lock(row, recovery=call.ports.recovery())
        if recovered.is_news:
            count_ended(recovered.ended)
        key = ResourceKey(project, self._kind.kind, name)
        if lock is not None:
            _tell(call, key, lock, operator.person, recovered.ended, about=f"{lock.change}#{row.fence}")
        after = call.ports.resources().get(project, self._kind.kind, name) or row
        return answer(200, LockBroken(change=recovered.ended, resource=after.resource).to_wire())


def _tell(call: Call, key: ResourceKey, lock: Lock, operator: Person, ended: Change, *, about: str) -> None:
    """Log it, keep it as a notice, tell the open pages; the lock is free whether or not anybody hears of it."""
    logger().info("A lock was broken", change=lock.change, holder=lock.actor_id, since=lock.since)
    text = (
        f"{operator.email} broke the lock of {key.name}, which the change {lock.change} of {lock.actor} "
        f"({lock.action}) had left held since {lock.since}."
    )
    of = (key.project, key.kind, key.name)
    notice = make_notice(NoticeCode.LOCK_BROKEN, of, about=about, text=text, at=call.ports.clock().now())
    with surviving("that a lock was broken could not be told", lock.change):
        announce(call.ports.notifier(), ended, STATE)
        give_notice(notice, notices=call.ports.notices(), notifier=call.ports.notifier())
