"""Whose credentials a handover opens, and whether they can be shown at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.wiring import Ports
from stowage.domain.credentials import AccessKey, Credentials, KeyStatus
from stowage.domain.errors import HandoverNotReadyError, HandoverRefusedError, HandoverSuspendedError
from stowage.domain.handovers import Handover
from stowage.domain.kinds import CredentialRules, Kind
from stowage.domain.projects import Project
from stowage.domain.resources import ResourceRow, ResourceStatus

LONGEST_MINTING = timedelta(hours=6)
"""A key that is not ready so long after its link was made never will be: its rotation's states have given up before."""
OFF = (
    "These credentials are switched off at the moment. The link opens again once your contact has switched them on, if "
    "it has not expired by then."
)
OVER = "These credentials are no longer valid. Ask your contact for a new link."


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose credentials a handover opens, as everything stands at this moment."""

    project: Project
    row: ResourceRow
    rules: CredentialRules
    key: AccessKey
    secret_id: str


def find_subject(kinds: Mapping[str, Kind], handover: Handover, now: datetime, ports: Ports) -> Subject:
    """Give whose credentials these are.

    Raises HandoverNotReadyError, HandoverSuspendedError or HandoverRefusedError.
    """
    kind = kinds.get(handover.kind)
    project = ports.projects().get_project(handover.project)
    row = ports.resources().get(handover.project, handover.kind, handover.name)
    if kind is None or kind.credentials is None or project is None or row is None or row.deleted:
        raise HandoverRefusedError(OVER)
    if row.resource.status is ResourceStatus.DELETING or _is_expired(kind, row, now):
        raise HandoverRefusedError(OVER)
    credentials = ports.credential_rows().get(handover.project, handover.kind, handover.name)
    comes = now - datetime.fromisoformat(handover.created_at) < LONGEST_MINTING
    off = _is_off(kind, row, credentials)
    try:
        key, secret_id = _ready_key(credentials, row, handover.rotation, comes=comes or off)
    except HandoverNotReadyError as not_ready:
        raise (HandoverSuspendedError(OFF) if off else not_ready) from not_ready
    if off:
        raise HandoverSuspendedError(OFF)
    return Subject(project, row, kind.credentials, key, secret_id)


def _is_expired(kind: Kind, row: ResourceRow, now: datetime) -> bool:
    expires_at = None if kind.access is None else kind.access.expires_at(row.resource.spec)
    return expires_at is not None and datetime.fromisoformat(expires_at) <= now


def _is_off(kind: Kind, row: ResourceRow, credentials: Credentials | None) -> bool:
    """Tell whether the user is switched off, as its spec wishes or as its keys are."""
    suspended = credentials is not None and credentials.stack_id == row.stack_id and credentials.suspended
    return suspended or (kind.access is not None and not kind.access.enabled(row.resource.spec))


def _ready_key(
    credentials: Credentials | None, row: ResourceRow, rotation: str, *, comes: bool
) -> tuple[AccessKey, str]:
    """Give the rotation's key and where its secret lies; `comes` tells whether one that is not there may come still.

    Raises HandoverNotReadyError while the rotation mints and probes, HandoverRefusedError where it came to nothing.
    """
    being_made = "The credentials are being made ready: try again in some seconds."
    not_ready = HandoverNotReadyError(being_made) if comes else HandoverRefusedError(OVER)
    if credentials is None:
        raise not_ready  # the first minting has not begun
    key, running = credentials.key_of(rotation), credentials.rotation
    if credentials.stack_id != row.stack_id and key is None:
        raise not_ready  # nor here: the row speaks of somebody who had the name before
    if credentials.stack_id != row.stack_id or credentials.closed:
        raise HandoverRefusedError(OVER)
    if running is not None and running.id != rotation:
        # The link is to a key that is about to go, or was made by a rotation of which nothing is left.
        raise HandoverRefusedError(OVER)
    if key is not None and (key.handed_over_at is not None or key.status is not KeyStatus.ACTIVE):
        raise HandoverRefusedError(OVER)
    if key is not None and key.ready_at is not None and key.secret_id is not None:
        return key, key.secret_id
    ended = credentials.last_rotation is not None and credentials.last_rotation.id == rotation
    gone = key is None and running is None and bool(credentials.keys)  # a first minting alone has no claim yet
    if ended or gone:
        raise HandoverRefusedError(OVER)
    raise not_ready
