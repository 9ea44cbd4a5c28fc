"""`GET /_ministack/lambda-workers`: the processes in which functions run, for tests that kill some of them.

The answer is a list of `{"pid", "account", "function", "version", "busy"}`; `busy` while the process works on a call. A
call whose process is killed fails as one whose runtime crashes (`Runtime.ExitError`); the next call gets a new process.
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-execution.html
"""

import json
from http import HTTPStatus
from typing import Any

from ministack import app
from ministack.core import lambda_runtime as runtime

from local.cloud.patching import replace_function

PATH = "/_ministack/lambda-workers"
Answer = tuple[int, dict[str, str], bytes]

_serve = app._handle_lambda_download_request


def install() -> None:
    """Serve the list beside ministack's own pages."""
    replace_function(_serve, serve)


def serve(path: str, method: str) -> Answer | None:
    """Answer a request for the list; leave any other to ministack."""
    if (path, method) != (PATH, "GET"):
        answer: Answer | None = _serve(path, method)
        return answer
    return HTTPStatus.OK.value, {"Content-Type": "application/json"}, json.dumps(workers()).encode()


def workers() -> list[dict[str, Any]]:
    """List the living processes."""
    found = []
    with runtime._lock:
        for key, pool in runtime._workers.items():
            account, _, function, version = key.split(":", 3)
            for worker in pool:
                process = getattr(worker, "_proc", None)
                if process is not None and process.poll() is None:
                    own = {"pid": process.pid, "account": account, "function": function, "version": version}
                    found.append({**own, "busy": bool(worker.in_use)})
    return found
