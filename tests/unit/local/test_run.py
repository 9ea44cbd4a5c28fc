"""`make run` refuses what cannot work, in one sentence, before it starts anything."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud_process import LocalCloudError, free_port
from local.endpoints import Endpoints, LocalPerson, LocalProject
from local.run import forget, port, sole_use, step_seconds


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
    with sole_use(tmp_path), pytest.raises(LocalCloudError, match="STATE_DIR"), sole_use(tmp_path):
        pass
    with sole_use(tmp_path):
        pass


def test_forgetting_leaves_nothing_but_the_lock(tmp_path: Path) -> None:
    """FRESH=1 begins anew, while the lock on the folder is held."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "s3.json").write_text("{}")
    (tmp_path / "passwords.json").write_text("{}")
    with sole_use(tmp_path):
        forget(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_endpoints_read_back_as_written_and_are_private(tmp_path: Path) -> None:
    """The file holds passwords: its owner alone reads it."""
    endpoints = Endpoints(
        console="c", api="a", socket="s", aws="w", region="r", hub_account="0", table="t", state_machines={"m": "arn"},
        user_pool_id="u", client_id="i", test_sign_in="USER_PASSWORD_AUTH", projects=(LocalProject("atlas", "1"),),
        people=(LocalPerson("a@example.com", "p", "manager", ("atlas",)),),
    )  # fmt: skip
    path = tmp_path / "endpoints.json"
    endpoints.write(path)
    assert Endpoints.read(path) == endpoints
    assert path.stat().st_mode & 0o077 == 0
