"""One coherent example of each thing, made of the models themselves, so that none can go stale."""

from api.change_detail import ChangeDetail, ToldState
from api.change_history import HistoryList
from api.credentials import ToldCredentials, ToldKey, ToldRotation
from api.handovers import HandoverList, ToldHandover
from api.lock_break import LockBroken
from api.me import ListedProject, Me, ProjectList, ProjectSummary
from api.members import Member, MemberList
from api.notices import NoticeList, ToldNotice
from api.open_handover import RevealedCredentials
from api.problems import KINDS, TYPE_PREFIX, FieldFault, Problem
from api.projects import ProjectDetail
from api.reconciliations import ReconcileRun, ReconcileStarted, ReconciliationList
from api.resource_writes import ChangeAccepted
from api.rotations import RotationAccepted
from api.socket_tickets import SocketTicket
from stowage.domain.changes import Action, Change, ChangeStatus, Spec
from stowage.domain.credentials import EndedRotation, KeyStatus, RotationOutcome, RotationReason, RotationStep
from stowage.domain.errors import (
    ActionNotLegalError,
    InvalidSpecError,
    LockNotBreakableError,
    RequestError,
    ResourceInUseError,
    ResourceLockedError,
    WrongPassphraseError,
)
from stowage.domain.findings import Findings
from stowage.domain.handovers import HandoverStatus
from stowage.domain.history import HistoryEvent
from stowage.domain.kinds import Kind
from stowage.domain.next_actions import NextAction
from stowage.domain.notices import NoticeCode
from stowage.domain.outcomes import Outcome
from stowage.domain.projects import Person, Role
from stowage.domain.resources import Lock, Resource, ResourceName, ResourceStatus
from stowage.domain.usual import Usual

PERSON = Person(id="5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a", email="mia@example.com", name="Mia Manager")
CHANGE = "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8"
STARTED, ENDED = "2026-11-23T09:00:00.000Z", "2026-11-23T09:00:41.512Z"
SUMMARY = ProjectSummary(id="apollo", name="Apollo", role=Role.MANAGER)

ME = Me(person=PERSON, projects=(SUMMARY,)).to_wire()
FOUND = Findings(stacks=12, calls_made=1, verified_at=STARTED, tried_at=ENDED)
PROJECTS = ProjectList(items=(ListedProject(id="apollo", name="Apollo", role=Role.MANAGER, reconcile=FOUND),)).to_wire()
PROJECT = ProjectDetail(
    id="apollo",
    name="Apollo",
    role=Role.MANAGER,
    account="111111111111",
    region="eu-west-1",
    baseline_version=1,
    managers_may_manage_members=False,
    quotas={"bucket": 20},
    mandatory_tags=("team",),
    reconcile=FOUND,
).to_wire()
RECONCILIATIONS = ReconciliationList(items=(FOUND,)).to_wire()
RECONCILE_STARTED = ReconcileStarted(run=ReconcileRun(id="now-apollo-3c1f0a9b7d2e4856", started_at=STARTED)).to_wire()
MEMBER = Member(person=PERSON, role=Role.MANAGER)
MEMBERS = MemberList(items=(MEMBER,)).to_wire()
TICKET = SocketTicket(
    ticket="bq4cK0V2nF0XzH8k1m7uTq3wYpLrGd5sJ9vEoAxCiNM", expires_at="2026-11-23T09:00:30.000Z"
).to_wire()

ROTATION, HANDOVER, TOKEN = "rot-" + "3c" * 16, "hnd-" + "7e" * 16, "pV0b4l8n1sQx2kZt6yRf3w"
TOLD_ROTATION = ToldRotation(
    id=ROTATION,
    reason=RotationReason.REQUESTED,
    step=RotationStep.AWAITING_HANDOVER,
    actor=PERSON.email,
    started_at=STARTED,
    due_at="2026-11-30T09:00:00.000Z",
)


def _at(step: RotationStep, due_at: str | None) -> dict[str, object]:
    told = TOLD_ROTATION.model_copy(update={"step": step, "due_at": due_at})
    return RotationAccepted(rotation=told).to_wire()


ROTATING = _at(RotationStep.MINTING, None)
HURRIED = _at(RotationStep.AWAITING_IDLE, "2026-11-30T09:00:00.000Z")
UNDONE = _at(RotationStep.UNDO_WINDOW, "2026-12-03T09:00:00.000Z")
CREDENTIALS = ToldCredentials(
    keys=(
        ToldKey(
            access_key_id="AKIAIOSFODNN7EXAMPLE",
            status=KeyStatus.ACTIVE,
            created_at=STARTED,
            ready_at=ENDED,
            handed_over_at=None,
            last_used_at=None,
            last_used_service=None,
            last_used_checked_at=None,
            revealed=False,
        ),
    ),
    suspended=False,
    rotation=TOLD_ROTATION,
    last_rotation=EndedRotation(
        id="rot-" + "1a" * 16, outcome=RotationOutcome.SUCCEEDED, cause=None, ended_at="2026-08-23T09:00:00.000Z"
    ),
    next_rotation_at="2027-02-21T09:00:00.000Z",
    expires_at=None,
).to_wire()
TOLD_HANDOVER = ToldHandover(
    id=HANDOVER,
    url=None,
    status=HandoverStatus.WAITING,
    created_at=STARTED,
    created_by=PERSON.email,
    expires_at="2026-11-26T09:00:00.000Z",
    opened_at=None,
    revoked_at=None,
    retried_at=None,
    has_passphrase=True,
    tries_left=5,
    rotation=ROTATION,
)
HANDOVERS = HandoverList(items=(TOLD_HANDOVER,)).to_wire()
NEW_HANDOVER = TOLD_HANDOVER.model_copy(
    update={"url": f"https://console.example.com/handovers/{HANDOVER}#token={TOKEN}"}
).to_wire()
REVOKED_HANDOVER = TOLD_HANDOVER.model_copy(update={"status": HandoverStatus.REVOKED, "revoked_at": ENDED}).to_wire()
NOTICES = NoticeList(
    items=(
        ToldNotice(
            id="ntc-" + "5d" * 16,
            code=NoticeCode.HANDOVER_OPENED,
            kind="user",
            name="partner-invoices",
            text="The credentials of 'partner-invoices' were opened with the link that mia@example.com had made.",
            at=ENDED,
        ),
    )
).to_wire()
REVEALED = RevealedCredentials(
    access_key_id="AKIAIOSFODNN7EXAMPLE",
    secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",  # noqa: S106 -- AWS's own example
    user_name="partner-invoices",
    region="eu-west-1",
    grants=({"bucket": "example-corp-invoices", "prefix": "in/", "access": ["list", "write"]},),
).to_wire()


def spec_of(kind: Kind) -> Spec:
    """Give the kind's own first example."""
    spec: Spec = kind.schema["examples"][0]
    return spec


def name_of(kind: Kind) -> str:
    """Give a name: the schema's example, or one that every kind allows."""
    examples = kind.schema["$defs"]["name"].get("examples") or ["apollo-invoices"]
    return str(examples[0])


HISTORY = HistoryList(
    items=(
        HistoryEvent(
            id=2,
            type="TaskStateEntered",
            at=STARTED,
            state="AcquireLock",
            input='{"change":"chg-…","project":"apollo"}',
            cut=True,
        ),
    ),
    cursor=None,
).to_wire()


def change_of(kind: Kind) -> dict[str, object]:
    """Give a change of this kind that has just started."""
    return _change(kind).to_wire()


def change_detail_of(kind: Kind) -> dict[str, object]:
    """Give a change of this kind that has ended, as it is read by itself."""
    usual = Usual(p50=38_200, p95=61_000, count=50)
    state = ToldState(name="AwaitStack", status="SUCCEEDED", entered_at=STARTED, exited_at=ENDED, usual=usual)
    ended = _change(kind).ended(ChangeStatus.SUCCEEDED, Outcome.SUCCEEDED, None, ENDED)
    fields = ended.model_dump(exclude={"states"})
    return ChangeDetail(**fields, states=(state,), spec=spec_of(kind), before=None, usual=usual).to_wire()


def _change(kind: Kind) -> Change:
    return Change(
        id=CHANGE,
        project="apollo",
        kind=kind.kind,
        name=name_of(kind),
        action=Action.CREATE,
        status=ChangeStatus.RUNNING,
        actor=PERSON.email,
        actor_id=PERSON.id,
        started_at=STARTED,
    )


def broken_of(kind: Kind) -> dict[str, object]:
    """Give the answer to the breaking of a lock."""
    ended = _change(kind).ended(ChangeStatus.STOPPED, Outcome.ABORTED, "The execution was aborted in AWS.", ENDED)
    return LockBroken(change=ended, resource=_resource(kind)).to_wire()


def accepted_of(kind: Kind) -> dict[str, object]:
    """Give the answer to a write."""
    return ChangeAccepted(change=Change.model_validate(change_of(kind))).to_wire()


def resource_of(kind: Kind) -> dict[str, object]:
    """Give a resource of this kind at rest."""
    return _resource(kind).to_wire()


def _resource(kind: Kind) -> Resource:
    return Resource(
        kind=kind.kind,
        name=name_of(kind),
        spec=spec_of(kind),
        status=ResourceStatus.ACTIVE,
        outputs={},
        lock=None,
        version=1,
        stack_status="CREATE_COMPLETE",
        verified_at=ENDED,
        outcome=Outcome.SUCCEEDED,
        cause=None,
        change=CHANGE,
    )


def problem_of(error: type[RequestError], detail: str) -> dict[str, object]:
    """Give the problem that this error is told as."""
    kind = KINDS[error]
    locked, invalid = error in {ResourceLockedError, LockNotBreakableError}, error is InvalidSpecError
    lock = Lock(change=CHANGE, actor=PERSON.email, actor_id=PERSON.id, since=STARTED, action=Action.UPDATE)
    problem = Problem(
        type=TYPE_PREFIX + kind.slug,
        title=kind.title,
        status=kind.status,
        detail=detail,
        pointer="/owner" if invalid else None,
        errors=(FieldFault(pointer="/owner", detail="is missing."),) if invalid else None,
        lock=lock if locked else None,
        users=(ResourceName(kind="user", name="partner"),) if error is ResourceInUseError else None,
        next_actions=(NextAction.UPDATE, NextAction.DELETE) if error is ActionNotLegalError else None,
        tries_left=4 if error is WrongPassphraseError else None,
    )
    return problem.model_dump(mode="json", by_alias=True, exclude_none=True)
