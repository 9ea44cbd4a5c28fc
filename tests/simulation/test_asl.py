"""The runner of machines: it knows what our machines use, refuses all else by name, and does as Step Functions does."""

import contextlib
import json
from collections.abc import Generator
from random import Random
from typing import Any

import pytest

from tests.simulation.asl import Call, Pause, Run
from tests.simulation.asl_machine import CATCH, FIELDS, PROCESSOR, RETRY, UnknownConstructError, machine_of, states_of
from tests.simulation.asl_values import StateError
from tests.simulation.executions import STATEMACHINES, machine, rendered
from tests.unit.workflows.evaluation import REQUEST
from workflows.asl import Json
from workflows.rendering import MACHINES

DONE: Json = {"Type": "Succeed"}
DISTRIBUTED: Json = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "Done", "States": {"Done": DONE}}


def small(**fields: Any) -> Json:
    """Give a machine of one task and one end."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "f", "Payload": {}},
        "TimeoutSeconds": 5,
        "Next": "End",
    }
    end = {"Type": "Succeed", "Output": "{% $states.input %}"}
    states = {"Try": {**task, **fields}, "End": end, "Else": end}
    return {"Comment": "c", "QueryLanguage": "JSONata", "StartAt": "Try", "TimeoutSeconds": 60, "States": states}


def run_of(asl: Json) -> tuple[Run, Generator[Call | Pause, Any, None]]:
    """Give an execution that stands before its first step."""
    run = Run(machine_of(asl), "x", REQUEST, "2026-01-02T03:04:05.678Z", Random(1))  # noqa: S311 -- not for secrets
    return run, run.effects()


def fail(steps: Generator[Call | Pause, Any, None], error: str, cause: str | None = None) -> Call | Pause:
    """Let the call that is being made fail; give the next effect."""
    return steps.throw(StateError(error, cause))


def test_the_runner_knows_exactly_what_our_machines_use() -> None:
    """Whatever the rendered machines use is known; whatever is known, they use: nothing here is untried."""
    machines = [json.loads(path.read_text(encoding="utf-8")) for path in STATEMACHINES.glob("*.asl.json")]
    blocks = [block for asl in machines for _, block in states_of(asl)]
    used = {kind: {name for block in blocks if block["Type"] == kind for name in block} for kind in FIELDS}
    retries = {name for block in blocks for retry in block.get("Retry", []) for name in retry}
    catches = {name for block in blocks for catch in block.get("Catch", []) for name in catch}
    processors = {name for block in blocks for name in block.get("ItemProcessor", {})}

    assert len(machines) >= 3
    assert {block["Type"] for block in blocks} == set(FIELDS)
    assert {kind: names - {"Type", "Comment"} for kind, names in used.items()} == {k: set(v) for k, v in FIELDS.items()}
    assert (retries, catches, processors) == (set(RETRY), set(CATCH), set(PROCESSOR))


@pytest.mark.parametrize("name", MACHINES)
def test_every_machine_of_ours_can_be_run(name: str) -> None:
    """A new machine that uses more than the runner knows is told here, by the construct's name."""
    assert machine(rendered(name)).asl["States"]


def test_a_map_runs_its_items_and_fails_with_one_of_them() -> None:
    """Its items read the variables of the machine; their outputs are its result, their error is its own."""
    inner = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 5, "Next": "Done"}
    arguments = {"FunctionName": "f", "Payload": {"item": "{% $states.input %}", "had": "{% $had %}"}}
    states = {"Each": {**inner, "Arguments": arguments, "Output": "{% $states.result.Payload %}"}}
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Each", "States": {**states, "Done": DONE}}
    several = {
        "Type": "Map",
        "Items": "{% [1, 2] %}",
        "ItemProcessor": processor,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": "Else"}],
        "Next": "End",
    }
    asl = small(Assign={"had": "{% 7 %}"})
    asl["States"] |= {"Several": several}
    asl["States"]["Try"]["Next"] = "Several"
    run, steps = run_of(asl)
    next(steps)
    first: Any = steps.send({"Payload": None})
    second: Any = steps.send({"Payload": "one"})
    with pytest.raises(StopIteration):
        steps.send({"Payload": "two"})
    failed, again = run_of(asl)
    next(again)
    again.send({"Payload": None})
    with pytest.raises(StopIteration):
        fail(again, "A")

    assert [each.arguments["Payload"] for each in (first, second)] == [{"item": 1, "had": 7}, {"item": 2, "had": 7}]
    assert run.output == ["one", "two"]
    assert (failed.entered[-1], failed.output) == ("Else", "A")


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("QueryLanguage",), "JSONPath", "the query language JSONPath"),
        (("Version",), "1.0", "the machine: Version"),
        (("States", "Both"), {"Type": "Parallel", "Branches": []}, "Both: the type Parallel"),
        (("States", "Each"), {"Type": "Map", "ItemProcessor": {"ItemReader": {}}}, "Each.ItemProcessor: ItemReader"),
        (("States", "Each"), {"Type": "Map", "ItemProcessor": DISTRIBUTED}, "Each: a Map that is not INLINE"),
        (("States", "AwaitStack", "HeartbeatSeconds"), 5, "AwaitStack: HeartbeatSeconds"),
        (("States", "AwaitStack", "End"), True, "AwaitStack: End"),
        (("States", "AwaitStack", "ResultPath"), "$.x", "AwaitStack: ResultPath"),
        (("States", "AwaitStack", "Resource"), "arn:aws:states:::sqs:sendMessage", "AwaitStack: the resource"),
        (("States", "AwaitStack", "Catch", 0, "ResultPath"), "$.x", "AwaitStack.Catch: ResultPath"),
        (("States", "AwaitStack", "Retry", 0, "ErrorEquals"), ["States.TaskFailed"], "the error States.TaskFailed"),
        (("States", "AwaitStack", "Retry", 1, "JitterStrategy"), "HALF", "the jitter HALF"),
        (("States", "OperationStillRuns", "Assign"), {}, "OperationStillRuns: Assign"),
        (("States", "OperationStillRuns", "Choices", 0, "Variable"), "$.x", "OperationStillRuns.Choices: Variable"),
    ],
)
def test_a_construct_that_it_does_not_know_is_refused_by_name(path: tuple[Any, ...], value: Any, told: str) -> None:
    """A machine that uses more than the runner knows does not run a little wrong: it does not run."""
    asl = rendered()
    *parents, last = path
    place: Any = asl
    for name in parents:
        place = place[name]
    place[last] = value

    with pytest.raises(UnknownConstructError, match=told):
        machine_of(asl)


def test_an_expression_that_gives_nothing_is_an_error_that_can_be_caught() -> None:
    """As in Step Functions: States.QueryEvaluationError, at the arguments, at Assign and at Output."""
    fields: list[Json] = [{"Arguments": {"x": "{% $no %}"}}, {"Assign": {"a": "{% $no %}"}}, {"Output": "{% $no %}"}]
    for field in fields:
        run, steps = run_of(small(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Else"}], **field))

        for _ in steps:
            with contextlib.suppress(StopIteration):
                steps.send({"Payload": 1})

        assert (run.entered, run.output["Error"]) == (["Try", "Else"], "States.QueryEvaluationError")


def test_a_retry_counts_for_itself_and_backs_off_to_its_longest_delay() -> None:
    """Each retrier has its own count; 1, 2, 4 … seconds up to MaxDelaySeconds; the last attempt's error is caught."""
    retry = [
        {"ErrorEquals": ["A"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 3, "MaxAttempts": 3},
        {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 7, "BackoffRate": 1, "MaxAttempts": 2},
    ]
    run, steps = run_of(small(Retry=retry, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Else"}]))
    next(steps)
    delays = []
    for error in ("A", "States.Timeout", "A", "States.Timeout", "A"):
        pause = fail(steps, error)
        assert isinstance(pause, Pause)
        delays.append(pause.seconds)
        steps.send(None)

    with pytest.raises(StopIteration):
        fail(steps, "A", "for good")

    assert delays == [1, 7, 2, 7, 3]
    assert (run.entered, run.status, run.output) == (["Try", "Else"], "SUCCEEDED", {"Error": "A", "Cause": "for good"})


def test_full_jitter_waits_for_anything_up_to_the_delay() -> None:
    """JitterStrategy FULL: between nothing and the delay, from the seed."""
    retry = [
        {"ErrorEquals": ["A"], "IntervalSeconds": 8, "BackoffRate": 1, "JitterStrategy": "FULL", "MaxAttempts": 99}
    ]
    _, steps = run_of(small(Retry=retry))
    next(steps)
    delays = []
    for _ in range(50):
        pause = fail(steps, "A")
        assert isinstance(pause, Pause)
        delays.append(pause.seconds)
        steps.send(None)

    assert (0 <= min(delays) < 2, 6 < max(delays) <= 8) == (True, True)


@pytest.mark.parametrize("error", ["States.Runtime", "States.DataLimitExceeded"])
def test_states_all_does_not_catch_what_it_does_not_catch_in_aws(error: str) -> None:
    """The execution fails with it, whatever its Catch."""
    run, steps = run_of(small(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Else"}]))
    next(steps)

    with pytest.raises(StopIteration):
        fail(steps, error, "No.")

    assert (run.status, run.error, run.cause, run.entered) == ("FAILED", error, "No.", ["Try"])


def test_a_redrive_goes_on_where_it_ended_with_its_variables_and_a_new_count_of_retries() -> None:
    """The state that ended the execution is tried anew; those before it are not."""
    retry = [{"ErrorEquals": ["A"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 1}]
    run, steps = run_of(small(Retry=retry, Assign={"got": "{% $states.result.Payload %}"}))
    next(steps)
    fail(steps, "A")
    steps.send(None)
    with pytest.raises(StopIteration):
        fail(steps, "A")
    assert run.status == "FAILED"

    run.redriven()
    again = run.effects()
    next(again)
    assert isinstance(fail(again, "A"), Pause)
    again.send(None)
    with pytest.raises(StopIteration):
        again.send({"Payload": "at last"})

    assert (run.status, run.variables) == ("SUCCEEDED", {"got": "at last"})


def test_each_attempt_has_a_token_of_its_own() -> None:
    """A state that waits for its task token hands out another one at each attempt."""
    fields: Json = {
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {"FunctionName": "f", "Payload": {"token": "{% $states.context.Task.Token %}"}},
        "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 3}],
    }
    _, steps = run_of(small(**fields))
    tokens = []
    effect: Any = next(steps)
    for _ in range(3):
        tokens.append(effect.arguments["Payload"]["token"])
        assert effect.token == tokens[-1]
        fail(steps, "States.Timeout")
        effect = steps.send(None)

    assert len(set(tokens)) == 3
