"""PUT and DELETE of a resource: parse, ask for the change, answer 202."""

from collections.abc import Callable

from api.access import require_asker, require_writer
from api.call import Call
from api.http import Answer, answer
from api.idempotency import parse_idempotency_key
from api.preconditions import parse_precondition
from api.projects import quota_of
from api.request_change import Plan, Wish, request_change
from api.spec_check import SpecCheck
from api.strict_json import parse_json
from stowage.adapters.metrics import note_lock_age
from stowage.domain.changes import Change, Spec
from stowage.domain.errors import ResourceLockedError
from stowage.domain.kinds import Kind
from stowage.domain.projects import Membership
from stowage.domain.resources import ResourceRow
from stowage.domain.wire import WireModel


class ChangeAccepted(WireModel):
    """A change was started."""

    change: Change


class ResourceWrites:
    """The writes of one kind, whose compiled schema they keep."""

    def __init__(self, kind: Kind) -> None:
        self._check = SpecCheck(kind)

    def put_resource(self, call: Call) -> Answer:
        """Answer PUT …/{name}: create or update."""
        # The role is asked for before anything else, so that a refusal tells nothing of what is there.
        membership, project = require_asker(
            call.request.parameters["project"], call.person, projects=call.ports.projects()
        )
        name, body = call.request.parameters["name"], parse_json(call.request.json_text())
        spec = self._check.accept(name, body, mandatory_tags=project.mandatory_tags)
        self._check.check_request(project, name, spec)
        quota = quota_of(self._check.kind, project)
        return accept_wish(call, membership, self._check, verb="put", spec=spec, quota=quota)

    def delete_resource(self, call: Call) -> Answer:
        """Answer DELETE …/{name}; a project that is closing takes it too."""
        writer = require_writer(call.request.parameters["project"], call.person, projects=call.ports.projects())
        return accept_wish(call, writer, self._check, verb="delete", spec={}, quota=0)


def accept_wish(
    call: Call,
    membership: Membership,
    check: SpecCheck,
    *,
    verb: str,
    spec: Spec,
    quota: int,
    plan: Callable[[ResourceRow], Plan] | None = None,
) -> Answer:
    """Begin the change that is wished for, with the request's preconditions and key; `plan` as `Wish` takes it."""
    headers = call.request.headers
    wish = Wish(
        person=membership.person,
        project=call.request.parameters["project"],
        check=check,
        name=call.request.parameters["name"],
        verb=verb,
        spec=spec,
        precondition=parse_precondition(headers.get("if-match"), headers.get("if-none-match")),
        idempotency_key=parse_idempotency_key(headers.get("idempotency-key")),
        asked_at=call.ports.clock().now(),
        quota=quota,
        plan=plan,
    )
    try:
        change = request_change(
            wish,
            resources=call.ports.resources(),
            changes=call.ports.changes(),
            details=call.ports.change_details(),
            executions=call.ports.executions(),
            names=call.ports.global_names(),
        )
    except ResourceLockedError as refusal:
        note_lock_age(refusal.holder["since"], call.ports.clock().now())
        raise
    return answer(
        202,
        ChangeAccepted(change=change).to_wire(),
        {"location": f"/v1/projects/{change.project}/changes/{change.id}"},
    )
