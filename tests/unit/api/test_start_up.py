"""What a cold start of the API's functions loads, and that it asks nothing of the world."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LATE = ("boto3", "jsonschema", "api.openapi", "stepfunctions")


@pytest.mark.parametrize("module", ["api.app", "api.break_lock", "api.reveal", "api.socket"])
def test_a_function_starts_without_environment_and_without_what_only_some_requests_need(module: str) -> None:
    """No setting is read, no client made, no validator loaded at import."""
    program = f"import sys, {module}; print([name for name in {LATE!r} if name in sys.modules])"

    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={}, capture_output=True, text=True, check=False, timeout=60
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[]\n", "")


def test_the_socket_function_loads_no_http_resolver() -> None:
    """Connecting must not wait for a router that it never uses."""
    program = "import sys, api.socket; print('aws_lambda_powertools.event_handler' in sys.modules)"

    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={}, capture_output=True, text=True, check=True, timeout=60
    )

    assert ended.stdout == "False\n"
