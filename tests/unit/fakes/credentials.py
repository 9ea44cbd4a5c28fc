"""Rows of users' keys, and the projects' secret stores, in memory; safe for callers at once."""

from dataclasses import replace
from threading import Lock

from stowage.domain.clock import to_iso
from stowage.domain.credentials import KEYS_PER_USER, Credentials, KeyStatus, MintedKey
from stowage.domain.errors import (
    ConcurrentUpdateError,
    KeyLimitError,
    KeyNotReadyError,
    SecretMissingError,
    UserMissingError,
)
from stowage.domain.ports import IamKey, LastUse
from stowage.domain.projects import Project
from tests.unit.fakes.clock import FakeClock


class FakeCredentialRows:
    """Port `CredentialRows`; `rows` is the table."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], Credentials] = {}
        self._one_at_a_time = Lock()

    def get(self, project: str, kind: str, name: str) -> Credentials | None:
        """Give the row, or None."""
        return self.rows.get((project, kind, name))

    def put(self, credentials: Credentials) -> Credentials:
        """Write the row, if nobody else wrote it since."""
        key = (credentials.project, credentials.kind, credentials.name)
        with self._one_at_a_time:
            known = self.rows.get(key)
            if (known.revision if known else 0) != credentials.revision:
                raise ConcurrentUpdateError("Somebody else wrote the credentials at the same time.")
            self.rows[key] = credentials.model_copy(update={"revision": credentials.revision + 1})
            return self.rows[key]


class FakeSecretStore:
    """Port `SecretStore`; `secrets` maps a project and an ARN to the key, `persons` tells in whose names."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], MintedKey] = {}
        self.persons: list[str] = []

    def put(self, project: Project, secret: str, key: MintedKey, *, token: str, person: str) -> str:
        """Keep a key; the same token and key again is the same secret."""
        self.persons.append(person)
        arn = f"arn:aws:secretsmanager:{project.region}:{project.account}:secret:{secret}-{token[:6]}"
        self.secrets[project.id, arn] = key
        return arn

    def get(self, project: Project, secret_id: str, *, person: str) -> MintedKey:
        """Give the key."""
        self.persons.append(person)
        if (project.id, secret_id) not in self.secrets:
            raise SecretMissingError("There is no such secret.")
        return self.secrets[project.id, secret_id]

    def delete(self, project: Project, secret_id: str, *, person: str) -> None:
        """Delete the secret by its ARN or name; one that is gone is no error."""
        self.persons.append(person)
        for known in list(self.secrets):
            if f":secret:{secret_id}-" in known[1]:
                del self.secrets[known]
        self.secrets.pop((project.id, secret_id), None)


class FakeAccessKeys:
    """Port `AccessKeys`; `users` are the IAM users with their keys, `secrets` what each key's secret is."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.users: dict[str, dict[str, IamKey]] = {}
        self.secrets: dict[str, str] = {}
        self.used: dict[str, LastUse] = {}
        self.persons: list[str] = []

    def add_user(self, user: str) -> None:
        """Let there be a user."""
        self.users[user] = {}

    def list_keys(self, project: Project, user: str, *, person: str) -> tuple[IamKey, ...]:
        """Give the user's keys, oldest first."""
        return tuple(sorted(self._of(project, user, person).values(), key=lambda key: key.created_at))

    def create(self, project: Project, user: str, *, person: str) -> MintedKey:
        """Mint a key, created at a whole second as IAM tells it."""
        keys = self._of(project, user, person)
        if len(keys) >= KEYS_PER_USER:
            raise KeyLimitError("IAM allows two keys.")
        number = len(self.secrets) + 1
        minted = MintedKey(f"AKIA{number:016}", f"secret-{number}-{'x' * 30}")
        created_at = self.clock.now().replace(microsecond=0)
        keys[minted.access_key_id] = IamKey(minted.access_key_id, KeyStatus.ACTIVE, to_iso(created_at))
        self.secrets[minted.access_key_id] = minted.secret_access_key
        return minted

    def set_status(self, project: Project, user: str, access_key_id: str, status: KeyStatus, *, person: str) -> None:
        """Switch a key on or off; one that is gone is no error."""
        keys = self._of(project, user, person)
        if access_key_id in keys:
            keys[access_key_id] = replace(keys[access_key_id], status=status)

    def delete(self, project: Project, user: str, access_key_id: str, *, person: str) -> None:
        """Delete a key."""
        self._of(project, user, person).pop(access_key_id, None)

    def last_use(self, project: Project, user: str, access_key_id: str, *, person: str) -> LastUse | None:
        """Tell when the key was last used."""
        self._of(project, user, person)
        return self.used.get(access_key_id)

    def _of(self, project: Project, user: str, person: str) -> dict[str, IamKey]:
        assert project.credentials_role_arn is not None, "The adapter would be refused."
        self.persons.append(person)
        if user not in self.users:
            raise UserMissingError(f"There is no user {user}.")
        return self.users[user]


class FakeKeyProbe:
    """Port `KeyProbe`; `refusals` is how often a key is refused before it is let in, `probed` what was asked."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.probed: list[tuple[str, str, str, tuple[str, str] | None]] = []

    def probe(self, project: Project, key: MintedKey, *, user: str, listing: tuple[str, str] | None) -> None:
        """Let the key in, or refuse it for now."""
        self.probed.append((project.id, key.access_key_id, user, listing))
        if self.refusals > 0:
            self.refusals -= 1
            raise KeyNotReadyError("The key is not known yet.")
