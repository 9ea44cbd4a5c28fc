"""Access keys and their secrets in the projects' accounts; the rows that tell of keys, handovers and notices."""

from dataclasses import dataclass
from typing import Protocol

from stowage.domain.credentials import Credentials, KeyStatus, MintedKey
from stowage.domain.handovers import Handover
from stowage.domain.notices import Notice
from stowage.domain.projects import Project


@dataclass(frozen=True, slots=True)
class IamKey:
    """An access key as IAM tells it; `created_at` ISO 8601, UTC."""

    access_key_id: str
    status: KeyStatus
    created_at: str


@dataclass(frozen=True, slots=True)
class LastUse:
    """When and for which AWS service a key was last used; IAM tells it with a delay, for the last 400 days."""

    at: str
    service: str


class AccessKeys(Protocol):
    """IAM's access keys of users in a project's account; `person` is in whose name.

    Every verb raises UserMissingError when there is no such user.
    """

    def list_keys(self, project: Project, user: str, *, person: str) -> tuple[IamKey, ...]:
        """Give the user's keys, oldest first."""
        ...

    def create(self, project: Project, user: str, *, person: str) -> MintedKey:
        """Mint a key: not idempotent, a lost answer leaves a key whose secret nobody has. Raises KeyLimitError."""
        ...

    def set_status(self, project: Project, user: str, access_key_id: str, status: KeyStatus, *, person: str) -> None:
        """Switch a key on or off; idempotent; a key that is gone is no error."""
        ...

    def delete(self, project: Project, user: str, access_key_id: str, *, person: str) -> None:
        """Delete a key; idempotent."""
        ...

    def last_use(self, project: Project, user: str, access_key_id: str, *, person: str) -> LastUse | None:
        """Tell when the key was last used, or None."""
        ...


class KeyProbe(Protocol):
    """A look at AWS through a fresh key's own eyes."""

    def probe(self, project: Project, key: MintedKey, *, user: str, listing: tuple[str, str] | None) -> None:
        """Ask who the key is, and list under a bucket and prefix. Raises KeyNotReadyError while either is refused."""
        ...


class SecretStore(Protocol):
    """The project's own Secrets Manager, under its KMS key."""

    def put(self, project: Project, secret: str, key: MintedKey, *, token: str, person: str) -> str:
        """Keep a key under the name `secret` and give the ARN; the same token and key again is the same secret."""
        ...

    def get(self, project: Project, secret_id: str, *, person: str) -> MintedKey:
        """Give the key. Raises SecretMissingError."""
        ...

    def delete(self, project: Project, secret_id: str, *, person: str) -> None:
        """Delete the secret at once, without a recovery window; idempotent."""
        ...


class CredentialRows(Protocol):
    """The rows that tell of users' keys."""

    def get(self, project: str, kind: str, name: str) -> Credentials | None:
        """Give the row, or None."""
        ...

    def put(self, credentials: Credentials) -> Credentials:
        """Write the row, `revision` being the one that was read (0: there was none), and give it as it is now.

        Raises ConcurrentUpdateError when another writer was quicker.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reveal:
    """Who opens a handover, when and from where, for the claim and its audit row.

    `claim` is random and one reveal's alone, at most 36 characters; `source` the caller's address, `user_agent` what
    its program calls itself, shortened.
    """

    claim: str
    at: str
    access_key_id: str
    source: str
    user_agent: str


class Handovers(Protocol):
    """The rows of handovers, each with an expiry that its writes demand again."""

    def get(self, handover: str) -> Handover | None:
        """Give the handover, or None."""
        ...

    def list_of(self, project: str, kind: str, name: str) -> tuple[Handover, ...]:
        """Give the resource's newest 100 handovers, newest first; eventually consistent (an index)."""
        ...

    def create(self, handover: Handover) -> None:
        """Write a new handover; a repeat with the same id is refused as ConcurrentUpdateError."""
        ...

    def take_try(self, handover: str) -> int:
        """Take one of the passphrase's tries *before* it is compared, and give how many are left.

        Raises HandoverRefusedError when none is left, or the handover does not wait any more.
        """
        ...

    def give_back_try(self, handover: str) -> None:
        """Give the try of a right passphrase back; a handover that does not wait any more keeps what it has."""
        ...

    def open(self, handover: Handover, reveal: Reveal) -> None:
        """Claim the one opening and write its audit row, in one transaction.

        Conditional on WAITING, on the same token's hash, on the moment being before the expiry, and on no other
        handover having revealed the same rotation's key: of any number of callers at once, one passes. A repeat with
        the same claim may pass too. Raises HandoverRefusedError.
        """
        ...

    def revealed_at(self, rotation: str) -> str | None:
        """Tell when the key of this rotation was revealed, through whichever handover; None if it was not."""
        ...

    def withdraw(self, rotation: str, *, at: str) -> str | None:
        """Let no handover reveal the key of this rotation from now on, and give when one has revealed it before.

        None: nobody was shown it, and nobody will be. Whoever deletes a key asks so: a reveal that has read the secret
        already, and claims only now, would hand out a key that is gone. Idempotent.
        """
        ...

    def revoke(self, handover: str, *, revoked_at: str) -> Handover | None:
        """End a handover that is not opened; idempotent; gives it as it stands, None when there is none."""
        ...

    def note_retry(self, handover: str, *, retried_at: str) -> None:
        """Keep when somebody tried it again after it was opened."""
        ...


class Notices(Protocol):
    """The rows of notices; each stays 90 days."""

    def put(self, notice: Notice) -> bool:
        """Keep the notice; False when it was there already."""
        ...

    def list_newest(self, project: str, *, limit: int) -> tuple[Notice, ...]:
        """Give the project's newest notices, newest first; eventually consistent (an index)."""
        ...
