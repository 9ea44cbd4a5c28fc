"""Functions run on the local cloud as they run on Lambda."""

import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from local.cloud.lambda_concurrency import PER_FUNCTION
from tests.contract.conftest import CloudFactory, LocalCloud
from tests.contract.function_package import allow, archive, deploy_function, eventually, invoke
from tests.contract.state_machines import call, history, make_machine, start, wait_for_end

RAISES = "class Locked(Exception): pass\ndef handler(event, context): raise Locked('held by ann')\n"
TELLS_ENVIRONMENT = "import os\ndef handler(event, context): return dict(os.environ)\n"
SLEEPS = "import time\ndef handler(event, context): time.sleep(event['seconds']); return 'awake'\n"


def test_a_raised_error_keeps_its_class_name_and_the_environment(cloud: LocalCloud, unique: str) -> None:
    """`errorType` is what ErrorEquals matches, so it must be the class's name; the environment stays warm."""
    source = f"calls = 0\n{RAISES.replace('raise', 'global calls; calls += 1; raise')}".replace(
        "held by ann'", "call ' + str(calls)"
    )
    deploy_function(cloud, unique, source)

    answers = [invoke(cloud, unique) for _ in range(2)]

    assert [error for _, error in answers] == ["Unhandled", "Unhandled"]
    assert [(payload["errorType"], payload["errorMessage"]) for payload, _ in answers] == [
        ("Locked", "call 1"),
        ("Locked", "call 2"),
    ]
    assert "function.py" in answers[0][0]["stackTrace"][0]


def test_a_module_that_cannot_be_imported_says_so(cloud: LocalCloud, unique: str) -> None:
    """A missing dependency is Runtime.ImportModuleError: the emulator's own packages are not on the path."""
    deploy_function(cloud, unique, "import jsonata\n")

    payload, error = invoke(cloud, unique)

    assert error == "Unhandled"
    assert payload["errorType"] == "Runtime.ImportModuleError"
    assert payload["errorMessage"] == "Unable to import module 'function': No module named 'jsonata'"


def test_a_function_that_runs_too_long_is_stopped(cloud: LocalCloud, unique: str) -> None:
    """`Timeout` ends the invocation with Sandbox.Timedout, and the next one starts afresh."""
    deploy_function(cloud, unique, SLEEPS, Timeout=1)

    started = time.monotonic()
    payload, error = invoke(cloud, unique, {"seconds": 60})

    assert error == "Unhandled"
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert time.monotonic() - started < 5
    assert invoke(cloud, unique, {"seconds": 0}) == ("awake", None)


def test_a_call_fails_whose_process_is_killed(cloud: LocalCloud, unique: str) -> None:
    """Runtime.ExitError for the state, which may try again; the local cloud lists the processes."""
    function = deploy_function(cloud, unique, SLEEPS)
    seconds = "{% $states.context.State.RetryCount = 0 ? 8 : 0 %}"
    retry = {"ErrorEquals": ["Runtime.ExitError"], "IntervalSeconds": 1, "MaxAttempts": 1}
    machine = make_machine(cloud, unique, {"Work": call(function, {"seconds": seconds}, Retry=[retry])})
    execution = start(cloud, machine)

    def busy() -> list[int]:
        listed = httpx.get(f"{cloud.url}/_ministack/lambda-workers").json()
        return [worker["pid"] for worker in listed if worker["function"] == unique and worker["busy"]]

    (pid,) = eventually(busy)
    os.kill(pid, signal.SIGKILL)
    ended = wait_for_end(cloud, execution)

    events = history(cloud, execution)
    failed = next(event["taskFailedEventDetails"] for event in events if event["type"] == "TaskFailed")
    assert ended["output"]["Payload"] == "awake"
    assert failed["error"] == "Runtime.ExitError"
    assert "Runtime exited with error: signal: killed" in failed["cause"]
    assert busy() == []


def test_a_function_sees_the_variables_of_lambda(cloud: LocalCloud, unique: str) -> None:
    """Runtime variables, the role's credentials, the cloud's endpoint and its own settings; nothing of the host's."""
    deploy_function(
        cloud,
        unique,
        TELLS_ENVIRONMENT,
        Environment={
            "Variables": {
                "TABLE_NAME": "rows",
                "SOCKET_ENDPOINT": "https://abc123.execute-api.eu-west-1.amazonaws.com/v1",
            }
        },
    )

    seen, _ = invoke(cloud, unique)

    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == unique
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
    assert seen["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert seen["AWS_ENDPOINT_URL"] == cloud.url
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert seen["TABLE_NAME"] == "rows"
    assert seen["SOCKET_ENDPOINT"] == f"{cloud.url}/_aws/execute-api/abc123/v1"
    assert not {"STATE_DIR", "STOWAGE_STEP_SECONDS", "VIRTUAL_ENV", "PYTHONPATH"} & set(seen)


def test_a_function_has_its_roles_permissions_and_no_more(cloud: LocalCloud, unique: str) -> None:
    """A call outside the role's policy is refused with the sentence that AWS gives."""
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    who = boto3.client('sts').get_caller_identity()['Arn']\n"
        "    boto3.client('sqs').list_queues()\n"
        "    try: boto3.client('sns').list_topics()\n"
        "    except Exception as error: return [who, str(error)]\n"
    )
    deploy_function(cloud, unique, source, allow("sqs:ListQueues"))

    (who, refusal), _ = invoke(cloud, unique)

    assert f":assumed-role/{unique}-role/" in who
    assert "is not authorized to perform: sns:listtopics" in refusal.lower()


def test_invocations_of_one_function_run_in_parallel(cloud: LocalCloud, unique: str) -> None:
    """Ten calls that wait one second each take far less than ten seconds once their environments are warm."""
    deploy_function(cloud, unique, SLEEPS)

    def call(seconds: float) -> tuple[object, str | None]:
        return invoke(cloud, unique, {"seconds": seconds})

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(call, [0.5] * 10))
        started = time.monotonic()
        answers = list(pool.map(call, [1.0] * 10))
        took = time.monotonic() - started

    assert answers == [("awake", None)] * 10
    assert took < 5.0


def test_an_update_replaces_the_code_of_warm_environments(cloud: LocalCloud, unique: str) -> None:
    """After UpdateFunctionCode no call is answered by the old code, and a call already running is not cut off."""
    deploy_function(cloud, unique, "import time\ndef handler(event, context): time.sleep(event); return 'old'\n")
    assert invoke(cloud, unique, 0) == ("old", None)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(invoke, cloud, unique, 1.0)
        time.sleep(0.3)  # the call must have begun; nothing tells when it has
        cloud.client("lambda").update_function_code(
            FunctionName=unique, ZipFile=archive("def handler(event, context): return 'new'\n")
        )
        after = [invoke(cloud, unique, 0) for _ in range(3)]

    assert after == [("new", None)] * 3
    assert running.result() == ("old", None)


def test_what_a_function_prints_is_in_its_log_group(cloud: LocalCloud, unique: str) -> None:
    """CloudWatch Logs gets START, the printed lines, the error and REPORT of every invocation."""
    deploy_function(
        cloud, unique, "def handler(event, context):\n    print('hello', event)\n    raise ValueError('broken')\n"
    )
    invoke(cloud, unique, 7)

    events = cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{unique}")["events"]

    lines = [event["message"] for event in events]
    assert lines[0].startswith("START RequestId: ")
    assert "hello 7" in lines
    assert "[ERROR] ValueError: broken" in lines
    assert lines[-1].startswith("REPORT RequestId: ")


def test_functions_end_with_the_cloud(start_cloud: CloudFactory, unique: str, tmp_path: Path) -> None:
    """After SIGTERM, and after SIGKILL too, no process of a function is left, not even one that still works."""
    pids = tmp_path / "pids"
    source = (
        "import os, time\n"
        "def handler(event, context):\n"
        f"    with open({str(pids)!r}, 'a') as file: print(os.getpid(), file=file)\n"
        "    time.sleep(event)\n"
    )
    private = start_cloud()
    deploy_function(private, unique, source, Timeout=60)

    def begin(seconds: float) -> None:
        private.client("lambda").invoke(FunctionName=unique, InvocationType="Event", Payload=json.dumps(seconds))

    begin(0)
    eventually(pids.exists)
    begin(50)
    begin(50)
    eventually(lambda: len(pids.read_text().split()) >= 3)
    private.stop()
    eventually(lambda: not _alive(pids))

    private.start()
    begin(50)
    eventually(lambda: len(pids.read_text().split()) >= 4)
    assert private.process is not None
    private.process.kill()
    private.process.wait()
    eventually(lambda: not _alive(pids))


def _alive(pids: Path) -> set[str]:
    running = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True).stdout.split()
    return set(pids.read_text().split()) & set(running)


def test_a_burst_waits_in_line_instead_of_starting_a_process_each(cloud: LocalCloud, unique: str) -> None:
    """Thirty invocations at once are all answered, by a few processes: the machine has no more room.

    On AWS they would get thirty environments.
    """
    deploy_function(cloud, unique, "import time\ndef handler(event, context):\n    time.sleep(0.2)\n    return event\n")

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda number: invoke(cloud, unique, number), range(30)))

    assert answers == [(number, None) for number in range(30)]
    listed = httpx.get(f"{cloud.url}/_ministack/lambda-workers").json()
    mine = [worker for worker in listed if worker["function"] == unique]
    assert 1 <= len(mine) <= PER_FUNCTION
