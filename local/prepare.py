"""Set up what the project's commands need: one virtual environment per tool world, and the Node tools.

Runs on whatever `python3` is at hand, so it uses the standard library alone, parses on old versions, checks the
machine first and says in one sentence what is missing. What is installed already is left alone: a stamp in each
environment holds the hash of the lock files it was made from.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import fcntl
import functools
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / ".local" / "log"
MINIMUM_PYTHON = (3, 11)
MINIMUM_NODE = 20
TOOLS = {
    "git": "to know the project's files",
    "make": "SAM builds the package with it",
    "node": "20.19 or newer, for the console and the ASL validator",
    "npm": "to install the Node tools",
}
SFTP_HINT = (
    "sftp (OpenSSH's client) is not on the PATH, and Stowage proves with it that an SFTP user can log in; install it "
    "by hand (Debian, Ubuntu: apt-get install openssh-client; Fedora: dnf install openssh-clients)"
)
BROWSER_HINT = (
    "chromium is not on the PATH, and the console's tests run in it; install it by hand (Debian: apt-get install "
    "chromium)"
)
ENVIRONMENTS = {
    # Each lock is complete, so pip resolves nothing; stepfunctions stands apart (docs/adr/0001).
    "dev": ("dev.txt", "stepfunctions.txt"),
    "cloud": ("cloud.txt",),
    "sam": ("sam.txt",),
    "checkov": ("checkov.txt",),
}

ALL = [*ENVIRONMENTS, "node", "web", "sftp", "browser"]


class SetupError(Exception):
    """The machine lacks something, or an installation failed; the text is the whole story."""


def say(line: str) -> None:
    """Print a line in one piece: two installations run at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def check_machine() -> None:
    """Raise SetupError unless Python, Node, git and make are there in the versions needed."""
    if sys.version_info < MINIMUM_PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(f"Stowage needs Python 3.11 or newer and this is {found}: call make PYTHON=python3.12 …")
    for tool, why in TOOLS.items():
        if shutil.which(tool) is None:
            raise SetupError(f"{tool} is not on the PATH, and Stowage needs it ({why}).")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = version[1:].split(".")[0]
    if not (version.startswith("v") and major.isdecimal() and int(major) >= MINIMUM_NODE):
        raise SetupError(f"Stowage needs Node {MINIMUM_NODE} or newer; node --version says {version!r}.")


def digest(files: list[pathlib.Path]) -> str:
    """Give one hash over the files' contents and this Python's version."""
    summed = hashlib.sha256(sys.version.encode())
    for file in files:
        summed.update(file.read_bytes())
    return summed.hexdigest()


def run_logged(name: str, command: list[str]) -> None:
    """Run a command with its output in .local/log; raise SetupError with the log's last lines if it fails."""
    log = LOGS / f"prepare-{name}.log"
    with log.open("ab") as out:
        code = subprocess.run(command, cwd=ROOT, stdout=out, stderr=out, check=False).returncode
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
        raise SetupError(f"installing {name} failed (exit {code}); the end of {log.relative_to(ROOT)}:\n{tail}")


def install(name: str, stamp: pathlib.Path, wanted: str, commands: list[list[str]]) -> None:
    """Run the commands, unless the stamp says that exactly this was installed before."""
    if stamp.exists() and stamp.read_text() == wanted:
        return
    began = time.monotonic()
    say(f"  installing {name} …")
    (LOGS / f"prepare-{name}.log").unlink(missing_ok=True)
    for command in commands:
        run_logged(name, command)
    stamp.write_text(wanted)
    say(f"  installed {name} in {time.monotonic() - began:.0f} s")


def install_environment(name: str) -> None:
    """Create the virtual environment `name` from its lock files."""
    locks = [ROOT / "requirements" / lock for lock in ENVIRONMENTS[name]]
    home = ROOT / ".venv" / name
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    commands = [[sys.executable, "-m", "venv", "--clear", str(home)]]
    commands += [[*pip, "--no-deps", "--require-hashes", "-r", str(lock)] for lock in locks]
    install(name, home / ".installed", digest(locks), commands)


def install_node_packages(name: str, folder: pathlib.Path) -> None:
    """Install the packages of a folder's package-lock.json."""
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder)]
    lock = folder / "package-lock.json"
    install(name, folder / "node_modules" / ".installed", digest([lock]), [command])


def install_sftp_client() -> None:
    """Install OpenSSH's client where apt is at hand, unless `sftp` and `ssh-keygen` are there.

    Raises SetupError, saying what to install, where that is impossible.
    """
    if not (shutil.which("sftp") and shutil.which("ssh-keygen")):
        install_system_package("openssh-client", SFTP_HINT)


def install_browser() -> None:
    """Install Debian's Chromium where apt is at hand, unless it is there; where it cannot, say so and go on."""
    if shutil.which("chromium"):
        return
    try:
        install_system_package("chromium", BROWSER_HINT)
    except SetupError as error:
        say(f"  {error} Until then tests/ui is skipped.")


def install_system_package(package: str, hint: str) -> None:
    """Install a package by apt, as root or by a sudo that asks no password. Raises SetupError with the hint."""
    apt = shutil.which("apt-get")
    if apt is None:
        raise SetupError(f"{hint}.")
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if root and shutil.which("sudo") is None:
        raise SetupError(f"{hint}; this account is not root and there is no sudo.")
    say(f"  installing {package} …")
    (LOGS / f"prepare-{package}.log").unlink(missing_ok=True)
    commands = [["update"], ["install", "-y", "--no-install-recommends", package]]
    try:
        for command in commands:
            run_logged(package, [*root, apt, "-q", *command])
    except SetupError as error:
        raise SetupError(f"{hint}. {error}") from error
    say(f"  installed {package}")


def main() -> int:
    """Prepare the named environments; print one sentence and give 1 if that fails."""
    parser = argparse.ArgumentParser(prog="local.prepare", description=__doc__)
    parser.add_argument("environments", nargs="*", help=f"{', '.join(ALL)}; all without a name")
    wanted = parser.parse_args().environments or ALL
    jobs: dict[str, typing.Callable[[], None]] = {n: functools.partial(install_environment, n) for n in ENVIRONMENTS}
    jobs["node"] = functools.partial(install_node_packages, "node", ROOT)
    jobs["web"] = functools.partial(install_node_packages, "web", ROOT / "web")
    jobs["sftp"] = install_sftp_client
    jobs["browser"] = install_browser
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        check_machine()
        # Two first commands at once must not install into one environment.
        with (LOGS / "prepare.lock").open("w") as lock, concurrent.futures.ThreadPoolExecutor(2) as pool:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for future in [pool.submit(jobs[name]) for name in wanted]:
                future.result()
    except SetupError as error:
        print(f"stowage: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
