"""`make run`: the whole product on this machine, until Ctrl-C.

Variables: PORT (console, default 8480), CLOUD_PORT (AWS, 4566), STATE_DIR (where the data survives, .local/state),
FRESH=1 (forget the data first), STEP_SECONDS (time per resource of a project's stack, 1).
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from local.aws import environment
from local.cloud_process import ROOT, CloudProcess, LocalCloudError, require_free_port
from local.console import ConsoleServer
from local.deployment import SAM
from local.endpoints import Endpoints
from local.stage import Stage
from local.state_folder import StateFolder
from operate.console_build import ConsoleBuildError, build

ENDPOINTS = ROOT / ".local" / "endpoints.json"
POLL_SECONDS = 2
WORTH_TELLING_SECONDS = 3
"""`make run` takes less to see that nothing is to be installed."""


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def port(variable: str, default: int) -> int:
    """Give the port that a variable chooses. Raises LocalCloudError if it is none, or busy."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:  # noqa: PLR2004 -- the range of unprivileged ports
        raise LocalCloudError(f"{variable}={text} is not a port between 1024 and 65535.")
    require_free_port(int(text), variable)
    return int(text)


def step_seconds() -> float:
    """Give the time that each resource of a project's stack takes. Raises LocalCloudError unless it is 0 to 60."""
    text = os.environ.get("STEP_SECONDS") or "1"
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 60:  # noqa: PLR2004 -- longer would only look like a hanging stack
        raise LocalCloudError(f"STEP_SECONDS={text} is not a number of seconds between 0 and 60.")
    return seconds


def built() -> Path:
    """Give the built console, built now if it is not yet. Raises LocalCloudError."""
    say("  building the console …")
    try:
        return build()
    except ConsoleBuildError as error:
        raise LocalCloudError(str(error)) from error


def write_environment(path: Path, url: str) -> None:
    """Write the shell variables by which the AWS CLI, SAM and boto3 reach the hub's account here."""
    lines = [
        "# Source this file: the AWS CLI, sam and boto3 then speak to the local cloud, as root of the hub's account.",
        "# A project's account: AWS_ACCESS_KEY_ID=111111111111 aws s3 ls",
        "# (aws s3control alone cannot: it puts the account before the host's name, and 127.0.0.1 has no names.)",
        *(f"export {name}={value}" for name, value in environment(url).items()),
        f'export PATH="{SAM.parent}:$PATH"',
        "",
    ]
    path.write_text("\n".join(lines))


def tell(endpoints: Endpoints, seconds: float, installing_seconds: float) -> None:
    """Print what a newcomer needs: where to go and how to sign in."""
    before = f", and {installing_seconds:.0f} s of installing before"
    before = before if installing_seconds >= WORTH_TELLING_SECONDS else ""
    say(f"\nStowage is ready after {seconds:.0f} s{before}.\n")
    say(f"  console   {endpoints.console}")
    say(f"  API       {endpoints.api}/v1")
    say(f"  sockets   {endpoints.socket}")
    for project in endpoints.projects:
        if project.sftp is not None:
            say(f"  SFTP      {project.sftp.host}, port {project.sftp.port}   (of {project.id})")
    say(f"  AWS       {endpoints.aws}   (source .local/aws.env for the AWS CLI and sam)\n")
    say("  sign in as             password              role      projects")
    for person in endpoints.people:
        say(f"  {person.email:<22} {person.password:<21} {person.role:<9} {', '.join(person.projects)}")
    say("\n  All of this stands in .local/endpoints.json. `make demo` in another terminal plays the main job.")
    say("  For curl: make token PERSON=anna@example.com")
    say("  Ctrl-C stops; the data stays for the next time (FRESH=1 forgets it).\n")


def serve(installing_seconds: float = 0.0) -> None:
    """Bring everything up and serve until Ctrl-C; raises KeyboardInterrupt then, LocalCloudError on a failure."""
    began = time.monotonic()
    pace = step_seconds()
    console_port, cloud_port = port("PORT", 8480), port("CLOUD_PORT", 4566)
    if console_port == cloud_port:
        raise LocalCloudError(f"PORT and CLOUD_PORT are both {console_port}; give them different ones.")
    state = StateFolder.chosen(ROOT, os.environ.get("STATE_DIR"))
    with state.sole_use():
        if os.environ.get("FRESH") == "1":
            state.forget()
        cloud = CloudProcess(state.path, step_seconds=pace, port=cloud_port)
        stage = Stage(cloud, f"http://127.0.0.1:{console_port}", POLL_SECONDS, say)
        endpoints: Endpoints | None = None
        try:
            endpoints = stage.bring_up()
            with ConsoleServer(console_port, endpoints, built()):
                endpoints.write(ENDPOINTS)
                write_environment(ENDPOINTS.with_name("aws.env"), cloud.url)
                tell(endpoints, time.monotonic() - began, installing_seconds)
                while cloud.process is not None and cloud.process.poll() is None:
                    time.sleep(0.5)
            raise LocalCloudError(f"The local cloud ended by itself; its log is {cloud.log}.")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not cut the saving short
            say("\nstopping: the local cloud saves its data …")
            if endpoints is not None:
                endpoints.withdraw(ENDPOINTS)
            cloud.stop(say)


def main() -> int:
    """Serve; give 1 and one clear sentence if that fails, 0 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="local.run", description="The whole product on this machine.")
    parser.add_argument("--began", type=float, default=time.time(), help="when `make run` began, in epoch seconds")
    installing_seconds = time.time() - parser.parse_args().began
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        serve(installing_seconds)
    except LocalCloudError as error:
        print(f"stowage: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
