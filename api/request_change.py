"""Asking for a change: every judgement that needs the mirror, then exactly one execution."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.execution_truth import change_of, request_of
from api.legality import BY_VERB, require_legal
from api.parallel import read_both
from api.preconditions import Precondition
from api.reference_check import check_named, check_unused
from api.spec_check import SpecCheck
from stowage.adapters.log import logger
from stowage.catalog.registry import kind_by_name
from stowage.domain.change_specs import ChangeSpecs, specs_of
from stowage.domain.changes import Action, Change, ChangeRequest, Mode, Spec, change_id, request_fingerprint
from stowage.domain.errors import (
    ActionNotLegalError,
    BodyTooLargeError,
    ConcurrentUpdateError,
    ExecutionExistsError,
    ExecutionNotFoundError,
    IdempotencyKeyReusedError,
    NameInUseError,
    NotFoundError,
    QuotaExceededError,
    ResourceExistsError,
    ResourceLockedError,
    StaleVersionError,
    StowageError,
)
from stowage.domain.ports import ChangeDetails, Changes, Executions, GlobalNames, Resources
from stowage.domain.projects import Person
from stowage.domain.references import FindKind
from stowage.domain.resources import Resource, ResourceRow, next_action

INPUT_BYTES = 240 * 1024
"""Step Functions takes 256 KB for a state's input as for the execution's
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html); later states add to it."""


OVERTAKEN = (
    ResourceLockedError,
    StaleVersionError,
    ResourceExistsError,
    QuotaExceededError,
    NameInUseError,
    NotFoundError,
    ActionNotLegalError,
)
"""What a repeated request may be refused with only because its first one has taken effect meanwhile."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change does: its action, the spec that it asks for, and the mode, where it goes no plain way."""

    action: Action
    spec: Spec
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for, parsed and valid in itself; `spec` is empty for a delete, and for an action.

    `verb` is "put", "delete" or the action's word; `plan` turns an action into a change of the resource as it stands.
    `quota` is how many resources of the kind the project may have; a delete asks for none. `asked_at` is when.
    """

    person: Person
    project: str
    check: SpecCheck
    name: str
    verb: str
    spec: Spec
    precondition: Precondition
    idempotency_key: str | None
    asked_at: datetime
    quota: int
    plan: Callable[[ResourceRow], Plan] | None = None

    @property
    def fingerprint(self) -> str:
        """Give the fingerprint by which a repeated request is told from another one."""
        resource = (self.project, self.check.kind.kind, self.name)
        return request_fingerprint(resource, verb=self.verb, spec=self.spec, if_match=self.precondition.fingerprint())


def request_change(
    wish: Wish,
    *,
    resources: Resources,
    changes: Changes,
    details: ChangeDetails,
    executions: Executions,
    names: GlobalNames,
    find_kind: FindKind = kind_by_name,
) -> Change:
    """Start the change that is wished for and give it; with an `Idempotency-Key` seen before, give that change.

    A repeat is looked up before the mirror is judged, and again before it is refused: by either time the first
    request may have changed what is judged. Whatever is refused here has started and written nothing. Two requests
    that pass at once are told apart by the lock (AcquireLock): the loser's change ends FAILED, LOCKED or
    STALE_VERSION.

    Raises NotFoundError, ResourceLockedError, StaleVersionError, ResourceExistsError, InvalidSpecError,
    ResourceInUseError, ActionNotLegalError, QuotaExceededError, NameInUseError, BodyTooLargeError,
    IdempotencyKeyReusedError, ConcurrentUpdateError.
    """
    change = change_id(wish.person.id, wish.idempotency_key)
    logger().append_keys(change=change)  # whatever becomes of it: also a refusal is found by the id it would have had
    if wish.idempotency_key is not None:
        try:
            return _repeated(change, wish, executions)
        except ExecutionNotFoundError:
            pass  # the first time
    row = resources.get(wish.project, wish.check.kind.kind, wish.name)
    try:
        plan = _judge(wish, row, resources, names, find_kind)
    except OVERTAKEN as refusal:
        if wish.idempotency_key is None:
            raise
        return _overtaken(change, wish, executions, refusal)
    request = _request(change, wish, plan, row.resource.version if row else 0)
    execution_input = request.to_input()
    if len(execution_input.encode()) > INPUT_BYTES:
        raise BodyTooLargeError("The spec is longer than an execution takes.")
    try:
        started_at = executions.start(change, execution_input)
    except ExecutionExistsError as exists:
        return _overtaken(change, wish, executions, exists)
    started = Change.started(request, started_at)
    standing = None if row is None or row.deleted else row.resource.spec
    _announce(started, changes, details, specs_of(request, standing))
    return started


def _judge(wish: Wish, row: ResourceRow | None, resources: Resources, names: GlobalNames, find_kind: FindKind) -> Plan:
    """Say what the change does to the resource as it stands, or refuse it."""
    standing = None if row is None or row.deleted else row.resource
    if wish.verb != "put" and standing is None:
        raise NotFoundError(f"There is no {wish.check.kind.title.lower()} {wish.name!r} in {wish.project!r}.")
    if row is not None:
        _check_unlocked(row.resource)
    wish.precondition.check(standing.version if standing else None)
    if standing is not None and wish.verb in BY_VERB:
        require_legal(standing, *BY_VERB[wish.verb])
    plan = _plan(wish, row)
    action = plan.action
    if action is Action.DELETE and row is not None:
        check_unused(row, resources=resources, find_kind=find_kind)
    if action is Action.DELETE or plan.mode is not None:
        return plan
    if wish.verb == "put":
        wish.check.check_expiry(standing.spec if standing else None, plan.spec, wish.asked_at)
    if action is Action.UPDATE and standing is not None:
        wish.check.check_update(standing.spec, plan.spec)
    check_named(wish.project, wish.check, plan.spec, action, row, resources=resources)
    if action is Action.CREATE:
        _check_quota(wish, standing, resources)
    service = wish.check.kind.name_is_global_in
    if action is Action.CREATE and service is not None and not _may_be_ours(row) and names.is_taken(service, wish.name):
        raise NameInUseError(f"The name {wish.name!r} is taken already: in {service} it must be unique in all of AWS.")
    return plan


def _plan(wish: Wish, row: ResourceRow | None) -> Plan:
    if wish.plan is not None and row is not None:
        return wish.plan(row)
    if wish.verb == "delete":
        return Plan(Action.DELETE, {})
    return Plan(next_action(row), wish.spec)


def _check_quota(wish: Wish, standing: Resource | None, resources: Resources) -> None:
    """Refuse one resource more than the project may have; one that failed to stand is counted already.

    What has begun but not yet taken its lock is not counted: creates that arrive at once may pass together.
    """
    have = resources.count(wish.project, wish.check.kind.kind) - (1 if standing else 0)
    if have >= wish.quota:
        raise QuotaExceededError(
            f"The project {wish.project!r} has {have} of the kind {wish.check.kind.title.lower()}, and may have "
            f"{wish.quota}. Delete one, or ask an operator for more."
        )


def _may_be_ours(row: ResourceRow | None) -> bool:
    """Tell whether whoever holds the name may be the resource's own stack, left standing by an attempt that failed.

    Nobody can be asked whose a name is; CloudFormation decides then, and a refusal ends the change NAME_TAKEN.
    """
    return row is not None and not row.deleted and row.stack_id is not None


def _check_unlocked(resource: Resource) -> None:
    lock = resource.lock
    if lock is not None:
        holder = {name: str(value) for name, value in lock.to_wire().items()}
        raise ResourceLockedError(
            f"{lock.actor} has been changing {resource.name!r} since {lock.since} ({lock.action}, {lock.change}).",
            holder,
        )


def _request(change: str, wish: Wish, plan: Plan, version: int) -> ChangeRequest:
    keeps_version = plan.action is Action.DELETE or plan.mode is not None
    return ChangeRequest(
        change=change,
        project=wish.project,
        kind=wish.check.kind.kind,
        name=wish.name,
        action=plan.action,
        spec=plan.spec,
        expected_version=version,
        version=version if keeps_version else version + 1,
        actor=wish.person.email,
        actor_id=wish.person.id,
        request=wish.fingerprint,
        mode=plan.mode,
    )


def _repeated(change: str, wish: Wish, executions: Executions) -> Change:
    """Give the change that this key began. Raises ExecutionNotFoundError or IdempotencyKeyReusedError."""
    execution = executions.describe(change)
    request = request_of(execution)
    if request is None or request.request != wish.fingerprint:
        raise IdempotencyKeyReusedError("This Idempotency-Key was used before, for another request: choose a new one.")
    return change_of(request, execution)


def _overtaken(change: str, wish: Wish, executions: Executions, refusal: StowageError) -> Change:
    """Give the change that an equal request began while this one was on its way; refuse this one if none did.

    A change that has surely begun may not be visible yet: describing an execution is eventually consistent
    (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html).
    """
    try:
        return _repeated(change, wish, executions)
    except ExecutionNotFoundError:
        holds = isinstance(refusal, ResourceLockedError) and refusal.holder["change"] == change
        if holds or isinstance(refusal, ExecutionExistsError):
            raise ConcurrentUpdateError("An equal request has just begun this change: repeat it.") from refusal
        raise refusal from None


def _announce(change: Change, changes: Changes, details: ChangeDetails, specs: ChangeSpecs) -> None:
    """Write the change's rows; the execution runs whether or not this succeeds, so it must not fail the request."""
    try:
        read_both(lambda: changes.put_started(change), lambda: details.keep_specs(change.project, change.id, specs))
    except StowageError:
        # The change is told from its execution until a task of that execution writes the row.
        logger().warning("the change's row could not be written yet", exc_info=True)
