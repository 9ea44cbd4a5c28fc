"""Invoke Python functions as AWS does: real error names, real timeouts, parallel environments, code replaced on update.

In the emulator every error is a `Runtime.HandlerError`, a raised error throws the warm environment away, an update
kills running invocations, and a function sees the emulator's own variables and packages.
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

import atexit
import secrets
import time
from typing import Any

from ministack.core import lambda_runtime as runtime
from ministack.services import lambda_svc

from local.cloud.lambda_concurrency import ThrottledError, places, throttled
from local.cloud.lambda_environment import Environment
from local.cloud.patching import replace_function

PYTHON = "python"


def _execute_warm(original: Any, func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    config = func.get("config") or func
    code = func.get("code_zip")
    if not config.get("Runtime", PYTHON).startswith(PYTHON) or not code:
        return dict(original(func, event, request_id))
    lambda_svc._ensure_reaper_thread()
    try:
        with places.place(config["FunctionArn"]):
            return _run(config, code, event, request_id)
    except ThrottledError:
        return throttled(config["FunctionName"])


def _run(config: dict[str, Any], code: bytes, event: Any, request_id: str) -> dict[str, Any]:
    environment, _ = runtime.acquire_worker(
        config["FunctionName"], config, code, qualifier=config.get("Version", "$LATEST")
    )
    try:
        return dict(environment.run(event, request_id, _trace_id()))
    finally:
        runtime.release_worker(environment)
        if environment.retired:
            environment.kill()


def _trace_id() -> str:
    """Return a trace header that says not to sample.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    """
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"


def _invalidate(
    func_name: str, qualifier: str | None = None, account: str | None = None, region: str | None = None
) -> None:
    """Retire a function's environments: idle ones now, working ones when their invocation has ended."""
    idle = []
    with runtime._lock:
        for key in list(runtime._workers):
            its_account, its_region, its_name, its_qualifier = key.split(":", 3)
            wanted = ((func_name, its_name), (qualifier, its_qualifier), (account, its_account), (region, its_region))
            if all(want is None or want == its for want, its in wanted):
                for worker in runtime._workers.pop(key):
                    worker.retired = True
                    if not worker.in_use:
                        idle.append(worker)
    runtime.kill_workers(idle)


def _worker_class(original: Any, config: dict[str, Any]) -> Any:
    return Environment if config.get("Runtime", PYTHON).startswith(PYTHON) else original(config)


def install() -> None:
    """Run every Python function in this extension's environments, and end them all with the cloud."""
    execute = lambda_svc._execute_function_warm
    replace_function(execute, lambda func, event, request_id: _execute_warm(execute, func, event, request_id))
    choose = runtime._worker_class_for
    replace_function(choose, lambda config: _worker_class(choose, config))
    replace_function(runtime.invalidate_worker, _invalidate)
    atexit.register(runtime.reset)
