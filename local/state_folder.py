"""The folder that a run's data lives in: one run at a time, and never a folder that holds somebody else's files."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.cloud_process import LocalCloudError

MARK = "stowage-state"
"""The file that says: this folder was made by a run, and may be forgotten by one."""


@dataclass(frozen=True)
class StateFolder:
    """A folder of Stowage's own."""

    path: Path

    @classmethod
    def chosen(cls, root: Path, text: str | None) -> Self:
        """Give the chosen folder, or .local/state. Raises LocalCloudError if it is none, or not Stowage's."""
        path = Path(text).expanduser().resolve() if text else root / ".local" / "state"
        try:
            path.mkdir(parents=True, exist_ok=True)
            strange = any(path.iterdir()) and not (path / MARK).exists()
            if not strange:
                (path / MARK).touch()
                path.chmod(0o700)  # it holds passwords, and whatever is put into the local cloud
        except OSError as error:
            raise LocalCloudError(f"STATE_DIR={path} cannot be used as a folder: {error.strerror}.") from error
        if strange:
            raise LocalCloudError(f"{path} holds files that are not Stowage's; choose an empty folder: STATE_DIR=…")
        return cls(path)

    @contextlib.contextmanager
    def sole_use(self) -> Iterator[None]:
        """Keep a second run off the same data, whatever its ports. Raises LocalCloudError if one runs."""
        with (self.path / MARK).open("r+") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LocalCloudError(
                    f"Another `make run` uses the data in {self.path}; stop it, or choose a folder: STATE_DIR=…"
                ) from error
            yield

    def forget(self) -> None:
        """Remove what earlier runs left in the folder; the mark stays."""
        for path in self.path.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != MARK:
                path.unlink()
