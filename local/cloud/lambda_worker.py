"""One execution environment of a Python function: this file is a program of its own, started once per environment.

It stands in for AWS's Python runtime: it imports the handler once, then answers one invocation per line of standard
input. It runs isolated (`python -I -S`), so that a function finds its package, its layers and the SDK that AWS's
runtime brings, and nothing else.
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

import importlib
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from typing import Any, TextIO

# Ends the log lines of one invocation on standard error.
MARKER = "\x1e"
PARENT_CHECK_SECONDS = 0.5


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html."""

    identity = None
    client_context = None

    def __init__(self, call: dict[str, Any]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = call["functionArn"]
        self.aws_request_id = call["requestId"]
        self._deadline = time.monotonic() + call["timeoutSeconds"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left before the function times out."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def _end_with(parent: int) -> None:
    """End when the local cloud has ended, however it did: nothing else would collect a handler that still works."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(0)


def _failure(error_type: str, message: str, request_id: str = "", trace: list[str] | None = None) -> dict[str, Any]:
    described = {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": trace or []}
    return {"failure": described}


def _load(handler: str) -> Any:
    module_name, _, name = handler.rpartition(".")
    return getattr(importlib.import_module(module_name.replace("/", ".")), name)


def _initialise(handler: str, channel: TextIO) -> Any:
    """Import the handler and say so; an error here fails the invocation with AWS's own error types."""
    module_name, _, name = handler.rpartition(".")
    try:
        loaded = _load(handler)
    except ImportError as error:
        problem = _failure("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except AttributeError:
        problem = _failure("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    except Exception as error:  # noqa: BLE001 -- whatever the module raises is the function's error
        problem = _failure(type(error).__name__, str(error), trace=traceback.format_tb(error.__traceback__))
    else:
        _send(channel, {"ready": True})
        return loaded
    traceback.print_exc()
    _send(channel, problem)
    return None


def _invoke(handler: Any, message: dict[str, Any]) -> dict[str, Any]:
    call = message["call"]
    os.environ["_X_AMZN_TRACE_ID"] = call["traceId"]
    try:
        result = handler(message["event"], Context(call))
    except Exception as error:  # noqa: BLE001 -- whatever the handler raises is the function's error
        print(f"[ERROR] {type(error).__name__}: {error}\n{traceback.format_exc()}", file=sys.stderr)
        trace = traceback.format_tb(error.__traceback__)[1:]
        return _failure(type(error).__name__, str(error), call["requestId"], trace)
    try:
        return {"result": json.dumps(result)}
    except (TypeError, ValueError) as error:
        return _failure("Runtime.MarshalError", f"Unable to marshal response: {error}", call["requestId"])


def _send(channel: TextIO, message: dict[str, Any]) -> None:
    sys.stdout.flush()
    print(MARKER, file=sys.stderr, flush=True)
    channel.write(json.dumps(message) + "\n")
    channel.flush()


def main() -> None:
    """Serve invocations until standard input closes."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C in a terminal is for the local cloud, which then ends this process
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    # The protocol keeps standard output for itself; what the function prints, natively too, goes to the log.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    # AWS's runtime puts one handler on the root logger, at level WARNING.
    logging.basicConfig(format="[%(levelname)s]\t%(asctime)s\t%(message)s", level=logging.WARNING)
    start = json.loads(sys.stdin.readline())
    sys.path[:0] = start["packages"]
    sys.path.append(start["sdk"])
    handler = _initialise(start["handler"], channel)
    if handler is None:
        return
    for line in sys.stdin:
        _send(channel, _invoke(handler, json.loads(line)))


if __name__ == "__main__":
    main()
