"""Rows of users' keys, and the projects' secret stores, in memory; safe for callers at once."""

from threading import Lock

from stowage.domain.credentials import Credentials, MintedKey
from stowage.domain.errors import ConcurrentUpdateError, SecretMissingError
from stowage.domain.projects import Project


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
        """Delete the secret; one that is gone is no error."""
        self.persons.append(person)
        self.secrets.pop((project.id, secret_id), None)
