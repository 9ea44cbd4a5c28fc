"""What `local.prepare` does about the machine's OpenSSH client: nothing, install it, or say what to install."""

import os
import shutil
from pathlib import Path

import pytest

from local import prepare


class Machine:
    """A machine with these programs; what is run on it is kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, logs: Path, *programs: str, root: bool = True) -> None:
        self.ran: list[list[str]] = []
        self.fails = False
        monkeypatch.setattr(prepare, "LOGS", logs)
        monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name in programs else None)
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr(prepare, "run_logged", self._run)

    def _run(self, name: str, command: list[str]) -> None:
        assert name in {"openssh-client", "chromium"}
        self.ran.append(command)
        if self.fails:
            raise prepare.SetupError("no network")


def test_a_client_that_is_there_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is run."""
    machine = Machine(monkeypatch, tmp_path, "sftp", "ssh-keygen", "apt-get")

    prepare.install_sftp_client()

    assert machine.ran == []


@pytest.mark.parametrize(("root", "before"), [(True, []), (False, ["sudo", "-n"])])
def test_a_missing_client_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, root: bool, before: list[str]
) -> None:
    """By apt, as root or by a sudo that asks no password."""
    machine = Machine(monkeypatch, tmp_path, "apt-get", "sudo", root=root)

    prepare.install_sftp_client()

    assert machine.ran == [
        [*before, "/bin/apt-get", "-q", "update"],
        [*before, "/bin/apt-get", "-q", "install", "-y", "--no-install-recommends", "openssh-client"],
    ]


@pytest.mark.parametrize(("programs", "root"), [((), True), (("apt-get",), False)])
def test_a_machine_that_cannot_install_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, programs: tuple[str, ...], root: bool
) -> None:
    """Without apt, and without the right to use it."""
    machine = Machine(monkeypatch, tmp_path, *programs, root=root)

    with pytest.raises(prepare.SetupError, match="apt-get install openssh-client"):
        prepare.install_sftp_client()

    assert machine.ran == []


def test_an_installation_that_fails_tells_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What to install by hand, and why it did not work."""
    machine = Machine(monkeypatch, tmp_path, "apt-get")
    machine.fails = True

    with pytest.raises(prepare.SetupError, match=r"apt-get install openssh-client.*no network"):
        prepare.install_sftp_client()


def test_a_machine_without_a_browser_is_told_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The browser's tests are skipped then; all others run."""
    Machine(monkeypatch, tmp_path, root=True)

    prepare.install_browser()

    assert "apt-get install chromium" in capsys.readouterr().out
