"""The local cloud as a child process: start it, wait until it answers, stop it so that it saves what it holds."""

import contextlib
import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "cloud" / "bin" / "python"
START_SECONDS = 30.0
STOP_SECONDS = 180.0
"""On a busy machine a save takes its time, and what is killed has lost a minute."""
PATIENCE_SECONDS = 5.0
LOG_TAIL_LINES = 40


class LocalCloudError(Exception):
    """The local cloud, or something started on it, failed; the text is the whole story."""


def free_port() -> int:
    """Give a TCP port on 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def require_free_port(port: int, variable: str) -> None:
    """Raise LocalCloudError, naming the variable that chooses another, if somebody listens on the port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalCloudError(
                f"Port {port} is busy ({error.strerror}); choose another: make run {variable}={port + 1}"
            ) from error


@dataclass
class CloudProcess:
    """A local cloud on 127.0.0.1.

    `step_seconds` is the time that each resource of a project's stack takes; what has changed is saved every
    `save_seconds`, and at a stop.
    """

    state_dir: Path
    step_seconds: float = 0.0
    auth: bool = True
    save_seconds: float = 60.0
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The one endpoint of every service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """The file that the emulator's output goes to."""
        return self.state_dir / "cloud.log"

    def start(self) -> None:
        """Start the process and return once it answers. Raises LocalCloudError with the end of its log."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        command = [str(PYTHON), "-m", "local.cloud", "--port", str(self.port), "--state-dir", str(self.state_dir)]
        command += ["--step-seconds", str(self.step_seconds), "--save-seconds", str(self.save_seconds)]
        if not self.auth:
            command.append("--no-auth")
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal must not reach it before its owner stops it in order.
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            if self.process.poll() is not None:
                raise LocalCloudError(f"The local cloud ended with exit code {self.process.returncode}.{self._tail()}")
            if time.monotonic() > deadline:
                tail = self._tail()
                self.stop()
                raise LocalCloudError(f"The local cloud did not answer within {START_SECONDS:.0f} s.{tail}")
            time.sleep(0.05)

    def save(self) -> None:
        """Save what the cloud holds now, and return once it is on disk. Raises OSError if it does not answer."""
        request = urllib.request.Request(f"{self.url}/_ministack/save", method="POST")  # noqa: S310 -- our own loopback
        with urllib.request.urlopen(request, timeout=STOP_SECONDS):  # noqa: S310
            return

    def stop(self, say: Callable[[str], None] = lambda _line: None) -> None:
        """Stop the process gracefully, so that it saves its state; kill it, and raise, if it does not end in time."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        while (waited := time.monotonic() - began) < STOP_SECONDS:
            try:
                self.process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                say(f"  still saving after {waited + PATIENCE_SECONDS:.0f} s (given up after {STOP_SECONDS:.0f} s) …")
            else:
                return
        self.process.kill()
        self.process.wait()
        raise LocalCloudError(f"The local cloud did not stop within {STOP_SECONDS:.0f} s.{self._tail()}")

    def restart(self) -> None:
        """Stop gracefully and start again, on the same port and state."""
        self.stop()
        self.start()

    def _healthy(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2) as answer:  # noqa: S310 -- our own loopback
            return isinstance(json.load(answer), dict)
        return False

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join([f" The end of {self.log}:", *lines])
