"""Execution environments of Python functions: own processes, with AWS's variables and nothing of this machine's.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import atexit
import hashlib
import importlib.util
import io
import json
import os
import queue
import re
import secrets
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime as runtime
from ministack.services import lambda_svc

from local.cloud.lambda_worker import MARKER

PROGRAM = Path(__file__).with_name("lambda_worker.py")
# What AWS's Python runtime brings besides the standard library: the SDK and what it needs.
SDK_MODULES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
HOST_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 10 seconds for the init phase; a cold import
# on a busy two-core machine may take longer than on AWS.
INIT_SECONDS = 30.0
LOG_SECONDS = 1.0
EXECUTE_API = re.compile(r"^https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(/.*)?$")

# Beside what the cloud keeps, so that a killed cloud's leftovers go at its next start.
_scratch = Path(os.environ["STATE_DIR"]).resolve().with_name("functions")
shutil.rmtree(_scratch, ignore_errors=True)
_scratch.mkdir(parents=True)
_extracting = threading.Lock()
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)


def _extracted(archive: bytes) -> Path:
    """Unpack a package once; functions that share it share the folder, which is theirs to read only, as on AWS."""
    folder = _scratch / hashlib.sha256(archive).hexdigest()[:32]
    with _extracting:
        if not folder.exists():
            unfinished = folder.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            with zipfile.ZipFile(io.BytesIO(archive)) as package:
                package.extractall(unfinished)
            unfinished.rename(folder)
    return folder


def _sdk_folder() -> Path:
    """Link the SDK's packages into a folder of their own, so that no other package of the emulator can be imported."""
    folder = _scratch / "sdk"
    with _extracting:
        if not folder.exists():
            folder.mkdir()
            for name in SDK_MODULES:
                spec = importlib.util.find_spec(name)
                if spec is None or spec.origin is None:
                    raise LookupError(f"the local cloud's environment lacks {name}")
                origin = Path(spec.origin)
                source = origin.parent if origin.name == "__init__.py" else origin
                (folder / source.name).symlink_to(source)
    return folder


class Environment(runtime.Worker):
    """One environment of one function version; the emulator's pool leases it to one invocation at a time."""

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        super().__init__(func_name, config, code_zip)
        self.retired = False
        self._proc: Any = None
        self._stderr_queue: queue.Queue[str] = queue.Queue()

    def variables(self, code: Path) -> dict[str, str]:
        """Return the whole environment: AWS's runtime variables, the role's credentials, the function's own."""
        config = self.config
        account, region = runtime._account_region_from_function_config(config)
        name = config["FunctionName"]
        endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
        given = (config.get("Environment") or {}).get("Variables") or {}
        logging_configuration = config.get("LoggingConfig") or {}
        return {
            **{key: os.environ[key] for key in HOST_VARIABLES if key in os.environ},
            "HOME": str(_scratch),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_ENDPOINT_URL": endpoint,
            # AWS's endpoints take a prefix in the host name; this one has no name.
            runtime.HOST_PREFIX_ENV: "true",
            **{key: _local_endpoint(str(value), endpoint) for key, value in given.items()},
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', 'python3.12')}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": logging_configuration.get("LogGroup") or f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[$LATEST]{secrets.token_hex(16)}",
            "AWS_ACCOUNT_ID": account,
            "LAMBDA_TASK_ROOT": str(code),
            "_HANDLER": config.get("Handler", "index.handler"),
            **{key: value for key, value in runtime.execution_credentials(config).items() if value},
        }

    def _spawn(self) -> None:
        code = _extracted(self.code_zip)
        layers = [
            _extracted(lambda_svc._resolve_layer_zip(layer)) / "python" for layer in self.config.get("Layers") or []
        ]
        self._stderr_queue = queue.Queue()
        self._proc = subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROGRAM)],
            cwd=code,
            env=self.variables(code),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read_log, args=(self._proc, self._stderr_queue), daemon=True).start()
        start = {
            "handler": self.config.get("Handler", "index.handler"),
            "packages": [str(code), *map(str, layers)],
            "sdk": str(_sdk_folder()),
        }
        self._write(start)

    @staticmethod
    def _read_log(process: subprocess.Popen[str], lines: "queue.Queue[str]") -> None:
        with process.stderr or io.StringIO() as stream:
            for line in stream:
                lines.put(line.rstrip("\n"))

    def _write(self, message: dict[str, Any]) -> None:
        self._proc.stdin.write(json.dumps(message) + "\n")
        self._proc.stdin.flush()

    def _answer(self, seconds: float) -> dict[str, Any] | None:
        """Return the program's next line; None when the time is over, {} when the process has ended."""
        # poll, not select: a burst of invocations takes the descriptors beyond the 1024 that select can name.
        ready = select.poll()
        ready.register(self._proc.stdout, select.POLLIN | select.POLLHUP)
        if not ready.poll(max(0.0, seconds) * 1000):
            return None
        line = self._proc.stdout.readline()
        return json.loads(line) if line else {}

    def _log(self) -> str:
        """Return the lines of this invocation: up to the marker, or all there are when the process was killed."""
        lines: list[str] = []
        deadline = time.monotonic() + LOG_SECONDS
        while True:
            try:
                line = self._stderr_queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return "\n".join(lines)
            if line == MARKER:
                return "\n".join(lines)
            lines.append(line)

    def run(self, event: Any, request_id: str, trace_id: str) -> dict[str, Any]:
        """Run one invocation and return the emulator's result record: body, log and, if it failed, error."""
        timeout = float(self.config.get("Timeout", 3))
        with self._lock:
            log = ""
            try:
                if self._proc is None or self._proc.poll() is not None:
                    self._spawn()
                    started = self._answer(INIT_SECONDS)
                    log = self._log()
                    if not started or "failure" in started:
                        return self._failed(started, request_id, INIT_SECONDS, log)
                call = {
                    "requestId": request_id,
                    "traceId": trace_id,
                    "functionArn": self.config["FunctionArn"],
                    "timeoutSeconds": timeout,
                }
                self._write({"event": event, "call": call})
                answer = self._answer(timeout)
            except BrokenPipeError:
                answer = {}
            if not answer:
                return self._failed(answer, request_id, timeout, log)
            log = "\n".join(filter(None, [log, self._log()]))
            if "failure" in answer:
                return _error(answer["failure"], log)
            return {"body": json.loads(answer["result"]), "log": log}

    def _failed(self, answer: dict[str, Any] | None, request_id: str, seconds: float, log: str) -> dict[str, Any]:
        """Throw this environment away, as Lambda does after a timeout, a crash or a failed init."""
        ending = _ending(self._proc) if answer == {} else ""
        self.kill()
        if answer:
            return _error({**answer["failure"], "requestId": request_id}, log)
        log = "\n".join(filter(None, [log, self._log()]))
        if answer is None:
            kind, message = (
                "Sandbox.Timedout",
                f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds",
            )
        else:
            kind = "Runtime.ExitError"
            message = f"RequestId: {request_id} Error: Runtime exited with error: {ending}"
        return _error({"errorType": kind, "errorMessage": message}, f"{log}\n{message}")

    def _discard_tmpdir(self) -> None:
        """Keep the package: other environments read it too."""


def _ending(process: subprocess.Popen[str]) -> str:
    """Tell how a process ended that has closed its end: as Lambda words it."""
    try:
        status = process.wait(LOG_SECONDS)
    except subprocess.TimeoutExpired:
        return "exit status unknown"
    return f"exit status {status}" if status >= 0 else f"signal: {signal.strsignal(-status) or -status}".lower()


def _local_endpoint(value: str, endpoint: str) -> str:
    """Point an environment value that is an execute-api URL, such as a WebSocket API's, at this cloud."""
    matched = EXECUTE_API.match(value)
    return f"{endpoint}/_aws/execute-api/{matched[1]}{matched[2] or ''}" if matched else value


def _error(described: dict[str, Any], log: str) -> dict[str, Any]:
    return {"body": described, "error": True, "function_error": "Unhandled", "log": log}
