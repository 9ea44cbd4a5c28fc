"""A user as requests about its credentials see it: the resource, its keys, and whether they may be worked on."""

from dataclasses import dataclass
from datetime import datetime

from api.access import check_member, require_writer
from api.call import Call
from api.parallel import read_both
from stowage.domain.credentials import Credentials
from stowage.domain.errors import NotFoundError, RotationConflictError
from stowage.domain.kinds import CredentialRules, Kind
from stowage.domain.projects import Membership
from stowage.domain.resources import ResourceRow, ResourceStatus

STANDING = frozenset({ResourceStatus.ACTIVE, ResourceStatus.UPDATING, ResourceStatus.ROLLED_BACK})
"""In these a user stands in IAM as a stack once made it."""

NOT_STANDING = {
    ResourceStatus.CREATING: "is being created: wait for its end",
    ResourceStatus.CREATE_FAILED: "could not be created: create it first",
    ResourceStatus.DELETE_FAILED: "could not be deleted, and may have lost a part: repair it or delete it first",
    ResourceStatus.NEEDS_OPERATOR: "needs an operator first",
    ResourceStatus.MISSING: "is missing in its AWS account: create it anew first",
}


@dataclass(frozen=True, slots=True)
class CredentialState:
    """A resource with credentials, as everything stands; `credentials` is None before the first minting."""

    kind: Kind
    rules: CredentialRules
    row: ResourceRow
    stack_id: str
    credentials: Credentials | None

    @property
    def of(self) -> tuple[str, str, str]:
        """Give project, kind and name."""
        return self.row.project, self.row.resource.kind, self.row.resource.name

    @property
    def expires_at(self) -> str | None:
        """Give when access ends by itself, or None."""
        return self.kind.access.expires_at(self.row.resource.spec) if self.kind.access else None

    @property
    def suspended(self) -> bool:
        """Tell whether the user is switched off: as its spec wishes, or as its keys are."""
        off = self.kind.access is not None and not self.kind.access.enabled(self.row.resource.spec)
        return off or (self.credentials is not None and self.credentials.suspended)

    def expired_at(self, moment: datetime) -> bool:
        """Tell whether access has ended by itself."""
        return self.expires_at is not None and datetime.fromisoformat(self.expires_at) <= moment

    def check_workable(self, moment: datetime) -> None:
        """Refuse to mint or hand over keys of a user who does not stand or is switched off.

        Raises RotationConflictError.
        """
        resource = self.row.resource
        closed = self.credentials is not None and self.credentials.closed
        if closed or resource.status is ResourceStatus.DELETING:
            raise RotationConflictError(f"{resource.name!r} is being deleted.")
        if resource.status not in STANDING or not self.stack_id:
            raise RotationConflictError(f"{resource.name!r} {NOT_STANDING.get(resource.status, 'does not stand')}.")
        if self.suspended:
            raise RotationConflictError(f"{resource.name!r} is switched off: switch it on first.")
        if self.expired_at(moment):
            raise RotationConflictError(f"The access of {resource.name!r} has expired: set a later date first.")


def read_state(call: Call, kind: Kind, rules: CredentialRules) -> CredentialState:
    """Give the state to a member. Raises NotFoundError or ForbiddenError."""
    project, name = call.request.parameters["project"], call.request.parameters["name"]
    projects, resources = call.ports.projects(), call.ports.resources()
    membership, row = read_both(
        lambda: projects.get_membership(project, call.person), lambda: resources.get(project, kind.kind, name)
    )
    check_member(membership, project, projects=projects)
    return _state(call, kind, rules, row)


def read_state_to_change(call: Call, kind: Kind, rules: CredentialRules) -> tuple[Membership, CredentialState]:
    """Give the state to somebody who may change resources, whose membership is read before all else.

    Raises NotFoundError or ForbiddenError.
    """
    project, name = call.request.parameters["project"], call.request.parameters["name"]
    writer = require_writer(project, call.person, projects=call.ports.projects())
    return writer, _state(call, kind, rules, call.ports.resources().get(project, kind.kind, name))


def _state(call: Call, kind: Kind, rules: CredentialRules, row: ResourceRow | None) -> CredentialState:
    """Add the keys; a row of another stack speaks of a user who is gone."""
    project, name = call.request.parameters["project"], call.request.parameters["name"]
    if row is None or row.deleted:
        raise NotFoundError(f"There is no {kind.title.lower()} {name!r} in {project!r}.")
    found = call.ports.credential_rows().get(project, kind.kind, name)
    mine = found is not None and found.stack_id == row.stack_id
    return CredentialState(kind, rules, row, row.stack_id or "", found if mine else None)
