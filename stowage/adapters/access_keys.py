"""IAM's access keys of users in the projects' accounts."""

from typing import TYPE_CHECKING

from stowage.adapters.aws_errors import aws_errors
from stowage.domain.clock import to_iso
from stowage.domain.credentials import KeyStatus, MintedKey
from stowage.domain.errors import KeyLimitError, StowageError, UserMissingError
from stowage.domain.ports import IamKey, LastUse
from stowage.domain.projects import Project

if TYPE_CHECKING:
    from mypy_boto3_iam.client import IAMClient

    from stowage.adapters.sts import ProjectSessions

MISSING: dict[str, type[StowageError]] = {"NoSuchEntity": UserMissingError, "NoSuchEntityException": UserMissingError}
FULL: dict[str, type[StowageError]] = {
    **MISSING,
    "LimitExceeded": KeyLimitError,
    "LimitExceededException": KeyLimitError,
}
STATUS = {KeyStatus.ACTIVE: "Active", KeyStatus.INACTIVE: "Inactive"}
NEVER = "N/A"


class IamAccessKeys:
    """The port `AccessKeys`; each call in a session that reaches this one user's keys and nothing else."""

    def __init__(self, sessions: "ProjectSessions") -> None:
        self._sessions = sessions

    def list_keys(self, project: Project, user: str, *, person: str) -> tuple[IamKey, ...]:
        """Give the user's keys, oldest first: two at most, one page."""
        with aws_errors(MISSING):
            answer = self._iam(project, user, person).list_access_keys(UserName=user)
        keys = [
            IamKey(
                access_key_id=key["AccessKeyId"],
                status=KeyStatus.ACTIVE if key["Status"] == "Active" else KeyStatus.INACTIVE,
                created_at=to_iso(key["CreateDate"]),
            )
            for key in answer["AccessKeyMetadata"]
        ]
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.access_key_id)))

    def create(self, project: Project, user: str, *, person: str) -> MintedKey:
        """Mint a key: not idempotent, a lost answer leaves a key whose secret nobody has. Raises KeyLimitError."""
        with aws_errors(FULL):
            key = self._iam(project, user, person).create_access_key(UserName=user)["AccessKey"]
        return MintedKey(key["AccessKeyId"], key["SecretAccessKey"])

    def set_status(self, project: Project, user: str, access_key_id: str, status: KeyStatus, *, person: str) -> None:
        """Switch a key on or off; idempotent; a key that is gone is no error."""
        try:
            with aws_errors(MISSING):
                self._iam(project, user, person).update_access_key(
                    UserName=user,
                    AccessKeyId=access_key_id,
                    Status=STATUS[status],  # type: ignore[arg-type]
                )
        except UserMissingError:
            self._demand_user(project, user, person)

    def delete(self, project: Project, user: str, access_key_id: str, *, person: str) -> None:
        """Delete a key; idempotent."""
        try:
            with aws_errors(MISSING):
                self._iam(project, user, person).delete_access_key(UserName=user, AccessKeyId=access_key_id)
        except UserMissingError:
            self._demand_user(project, user, person)

    def last_use(self, project: Project, user: str, access_key_id: str, *, person: str) -> LastUse | None:
        """Tell when the key was last used, or None.

        None as well for a key that IAM does not know any more: it refuses that by the same code as a missing user
        (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html).
        """
        try:
            with aws_errors(MISSING):
                answer = self._iam(project, user, person).get_access_key_last_used(AccessKeyId=access_key_id)
        except UserMissingError:
            self._demand_user(project, user, person)
            return None
        used = answer.get("AccessKeyLastUsed")
        at = used.get("LastUsedDate") if used else None
        if used is None or at is None:
            return None
        return LastUse(at=to_iso(at), service=used.get("ServiceName", NEVER))

    def _demand_user(self, project: Project, user: str, person: str) -> None:
        """Tell a key that is gone, which is fine, from a user who is. Raises UserMissingError."""
        self.list_keys(project, user, person=person)

    def _iam(self, project: Project, user: str, person: str) -> "IAMClient":
        return self._sessions.iam(project, user, person)
