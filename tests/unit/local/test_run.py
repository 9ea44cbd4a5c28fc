"""`make run` refuses what cannot work, in one sentence, before it starts anything."""

import dataclasses
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud_process import LocalCloudError, free_port
from local.endpoints import Endpoints, LocalPerson, LocalProject
from local.run import port, step_seconds
from local.state_folder import MARK, StateFolder


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_busy_port_is_refused_with_the_variable_that_chooses_another(
    monkeypatch: pytest.MonkeyPatch, busy_port: int
) -> None:
    """The sentence is a command that works."""
    monkeypatch.setenv("CLOUD_PORT", str(busy_port))
    with pytest.raises(LocalCloudError, match=rf"{busy_port} is busy.*make run CLOUD_PORT={busy_port + 1}"):
        port("CLOUD_PORT", 4566)


@pytest.mark.parametrize("text", ["http", "80", "70000", "-1", "4566.0"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Words, privileged ports and numbers beyond the range."""
    monkeypatch.setenv("PORT", text)
    with pytest.raises(LocalCloudError, match="PORT="):
        port("PORT", 8480)


def test_a_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chosen one, not the default."""
    chosen = free_port()
    monkeypatch.setenv("PORT", str(chosen))
    assert port("PORT", 8480) == chosen


@pytest.mark.parametrize(("text", "seconds"), [("", 1.0), ("0", 0.0), ("2.5", 2.5)])
def test_the_pace_of_stacks_can_be_chosen(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float) -> None:
    """A second per resource unless told otherwise."""
    monkeypatch.setenv("STEP_SECONDS", text)
    assert step_seconds() == seconds


@pytest.mark.parametrize("text", ["fast", "-1", "61", "nan"])
def test_a_pace_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Not a traceback, a sentence."""
    monkeypatch.setenv("STEP_SECONDS", text)
    with pytest.raises(LocalCloudError, match="STEP_SECONDS="):
        step_seconds()


def test_two_runs_never_share_their_data(tmp_path: Path) -> None:
    """The second is told what to do; after the first has ended, it may."""
    folder = StateFolder.chosen(tmp_path, str(tmp_path / "data"))
    with folder.sole_use(), pytest.raises(LocalCloudError, match="STATE_DIR"), folder.sole_use():
        pass
    with folder.sole_use():
        pass


def test_forgetting_leaves_nothing_but_the_mark(tmp_path: Path) -> None:
    """FRESH=1 begins anew, while the folder is in use."""
    folder = StateFolder.chosen(tmp_path, None)
    (folder.path / "state").mkdir()
    (folder.path / "state" / "s3.json").write_text("{}")
    (folder.path / "passwords.json").write_text("{}")
    with folder.sole_use():
        folder.forget()
        assert [path.name for path in folder.path.iterdir()] == [MARK]


def test_a_folder_with_somebodys_files_is_never_used_and_so_never_forgotten(tmp_path: Path) -> None:
    """STATE_DIR=~ FRESH=1 must not empty a home."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LocalCloudError, match="not Stowage's"):
        StateFolder.chosen(tmp_path, str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_is_no_folder_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").touch()
    with pytest.raises(LocalCloudError, match="cannot be used as a folder"):
        StateFolder.chosen(tmp_path, str(tmp_path / "file"))


def test_a_run_withdraws_its_own_endpoints_alone(tmp_path: Path) -> None:
    """Another run may have written the file meanwhile."""
    path = tmp_path / "endpoints.json"
    mine, other = given_endpoints(), dataclasses.replace(given_endpoints(), aws="http://127.0.0.1:2")
    other.write(path)
    mine.withdraw(path)
    assert Endpoints.read(path) == other
    other.withdraw(path)
    other.withdraw(path)
    assert not path.exists()


def given_endpoints() -> Endpoints:
    """Give endpoints."""
    return Endpoints(
        console="c", api="a", socket="s", aws="w", region="r", hub_account="0", table="t", state_machines={"m": "arn"},
        user_pool_id="u", client_id="i", test_sign_in="USER_PASSWORD_AUTH", projects=(LocalProject("atlas", "1"),),
        people=(LocalPerson("a@example.com", "p", "manager", ("atlas",)),),
    )  # fmt: skip


def test_endpoints_read_back_as_written_and_are_private(tmp_path: Path) -> None:
    """The file holds passwords: its owner alone reads it."""
    endpoints = given_endpoints()
    path = tmp_path / "endpoints.json"
    endpoints.write(path)
    assert Endpoints.read(path) == endpoints
    assert path.stat().st_mode & 0o077 == 0


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds the people's passwords and what they put into the local cloud."""
    assert StateFolder.chosen(tmp_path, None).path.stat().st_mode & 0o777 == 0o700
