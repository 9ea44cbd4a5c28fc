"""Where everything of a running local Stowage is: the contract of `.local/endpoints.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SftpAddress:
    """Where an SFTP server listens here; on AWS it has a host name and port 22."""

    host: str
    port: int


@dataclass(frozen=True)
class LocalProject:
    """A project that was onboarded, its emulated account, and its SFTP server if it has one."""

    id: str
    account: str
    sftp: SftpAddress | None = None

    @classmethod
    def read(cls, raw: dict[str, Any]) -> "LocalProject":
        """Read one of the file's projects."""
        sftp = raw.get("sftp")
        return cls(raw["id"], raw["account"], SftpAddress(**sftp) if sftp else None)


@dataclass(frozen=True)
class LocalPerson:
    """Somebody who can sign in; the password is made anew for each state folder and is worth nothing elsewhere."""

    email: str
    password: str
    role: str
    projects: tuple[str, ...]


@dataclass(frozen=True)
class Endpoints:
    """URLs, ids and sign-ins of a running local Stowage."""

    console: str
    api: str
    socket: str
    aws: str
    region: str
    hub_account: str
    table: str
    state_machines: dict[str, str]
    user_pool_id: str
    client_id: str
    test_sign_in: str
    projects: tuple[LocalProject, ...]
    people: tuple[LocalPerson, ...]

    def write(self, path: Path) -> None:
        """Write the file, readable by its owner alone: it holds passwords."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")

    def withdraw(self, path: Path) -> None:
        """Remove the file, unless another run has written its own by now."""
        try:
            if Endpoints.read(path) == self:
                path.unlink()
        except FileNotFoundError:
            return

    @classmethod
    def read(cls, path: Path) -> "Endpoints":
        """Read what `write` wrote. Raises FileNotFoundError."""
        raw = json.loads(path.read_text())
        raw["projects"] = tuple(LocalProject.read(project) for project in raw["projects"])
        raw["people"] = tuple(
            LocalPerson(**{**person, "projects": tuple(person["projects"])}) for person in raw["people"]
        )
        return cls(**raw)

    def person(self, email: str) -> LocalPerson:
        """Give the person of that e-mail; raises StopIteration for a stranger."""
        return next(person for person in self.people if person.email == email)
