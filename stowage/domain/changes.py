"""Changes: one requested create, update or delete, which is one Step Functions execution."""

import hashlib
import json
import secrets
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

from stowage.domain.outcomes import Outcome
from stowage.domain.wire import WireModel

Spec = dict[str, JsonValue]


class Action(StrEnum):
    """What a change does to its resource."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Mode(StrEnum):
    """How a change goes about its action, where that is not the plain way; the words are those of `NextAction`."""

    FORGET = "forget"
    """A deletion that touches no stack: there is none any more."""
    EMPTY_AND_DELETE = "emptyAndDelete"
    """A deletion that first empties what the resource holds."""
    RETAIN = "retain"
    """A deletion that keeps what holds something: it stays in the project's account, out of Stowage's care."""
    CONTINUE_ROLLBACK = "continueRollback"
    """An update to what stood before: of a stack whose rollback got stuck."""
    REPAIR = "repair"
    """An update that brings back what stood before, or clears away what never stood."""


RECOVERIES = frozenset({Mode.CONTINUE_ROLLBACK, Mode.REPAIR})
"""Modes that ask for no new spec: what comes to stand, the stack tells."""


class ChangeStatus(StrEnum):
    """Where a change stands; all but RUNNING are final."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


class ChangeRequest(WireModel):
    """The execution's input: everything a change needs, and no clock, so that a repeat is byte-identical.

    `expected_version` is the version the person saw (0: no row yet); `version` the one after acceptance: one more
    for a create or update, the same for a delete. `request` is a fingerprint of what was asked, by which a repeated
    `Idempotency-Key` is told from a reused one. `mode` is left out of the input where it is None, so that a request
    without one is the same bytes as ever.
    """

    change: str
    project: str
    kind: str
    name: str
    action: Action
    spec: Spec
    expected_version: int
    version: int
    actor: str
    actor_id: str
    request: str
    mode: Mode | None = None

    def to_input(self) -> str:
        """Give the execution's input, canonically: equal requests give equal bytes."""
        return canonical_json(self.to_wire())

    def to_wire(self) -> dict[str, object]:
        """Give the JSON-ready dict with camelCase names, without a mode that there is not."""
        wire = super().to_wire()
        if self.mode is None:
            del wire["mode"]
        return wire


class ChangeState(WireModel):
    """One entered state of a change's execution, as its history tells it."""

    name: str
    status: Literal["RUNNING", "SUCCEEDED", "FAILED", "RETRYING"]
    entered_at: str
    exited_at: str | None = None
    attempts: int = 1
    error: str | None = None
    cause: str | None = None


class Change(WireModel):
    """A change on the wire. `actor` is the person's e-mail (display only), `actor_id` the Cognito `sub`.

    Times are ISO 8601, UTC. `outcome` and `cause` are null while the change runs; `states` is filled only where a
    single change is read.
    """

    id: str
    project: str
    kind: str
    name: str
    action: Action
    mode: Mode | None = None
    status: ChangeStatus
    outcome: Outcome | None = None
    cause: str | None = None
    actor: str
    actor_id: str
    started_at: str
    ended_at: str | None = None
    states: tuple[ChangeState, ...] = ()

    @classmethod
    def started(cls, request: ChangeRequest, started_at: str) -> "Change":
        """Give the running change that `request` became at `started_at`."""
        return cls(
            id=request.change,
            project=request.project,
            kind=request.kind,
            name=request.name,
            action=request.action,
            mode=request.mode,
            status=ChangeStatus.RUNNING,
            actor=request.actor,
            actor_id=request.actor_id,
            started_at=started_at,
        )

    def ended(self, status: ChangeStatus, outcome: Outcome, cause: str | None, ended_at: str) -> "Change":
        """Give this change with its end."""
        return self.model_copy(update={"status": status, "outcome": outcome, "cause": cause, "ended_at": ended_at})


def canonical_json(value: object) -> str:
    """Give one JSON text per value: sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def change_id(person: str, idempotency_key: str | None) -> str:
    """Give the id of a change: the same for the same person and `Idempotency-Key`, random without a key.

    It is also the execution's name, hence letters, digits and hyphens, 36 characters (at most 80 are allowed:
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html).
    """
    if idempotency_key is None:
        return f"chg-{secrets.token_hex(16)}"
    digest = hashlib.sha256(canonical_json([person, idempotency_key]).encode())
    return f"chg-{digest.hexdigest()[:32]}"


def request_fingerprint(resource: tuple[str, str, str], *, verb: str, spec: Spec, if_match: str | None) -> str:
    """Give the SHA-256 of what was asked: verb, resource (project, kind, name), body and precondition.

    `verb` is "put" or "delete", not create or update: which of these a PUT is depends on when it arrives.
    """
    return hashlib.sha256(canonical_json([*resource, verb, spec, if_match]).encode()).hexdigest()
