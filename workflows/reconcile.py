"""The machine reconcile: compares every project's stacks with the mirror, repairs, and records what it found.

It enters ListProjects and, for each project, ReconcileStacks as often as there is more (StacksRemain, PauseForCalls)
and RecordFindings. What fails in one project is that project's finding; the others go on, and the execution ends FAILED
at last. Decided in docs/adr/0014-reconcile.md.

Its input may name one `project`. Between the inner states travels what `stowage.domain.findings.Progress` tells, which
is small whatever the project holds. Variables: `failure` ({error, cause}: what ends the execution FAILED),
`uncompared` (the projects that could not be compared).
"""

from typing import Any

from workflows.asl import Catch, Choice, Fail, Json, Map, StateMachine, Succeed, Wait, When, jsonata
from workflows.integrations import lambda_task
from workflows.retries import outlast_throttling

NAME = "reconcile"

MACHINE_SECONDS = 4 * 60 * 60
"""2,000 lost rows are some fifty stretches of a minute; a hundred such projects go five at a time."""
PROJECTS_AT_ONCE = 5
"""Each is an account of its own, with CloudFormation's limits for itself: this bounds the hub's own load."""
PAUSE_SECONDS = 15
"""Between two stretches of one project: with it, an account sees some four calls a second
(stowage/domain/reconciliation.py)."""
OUTAGE_SECONDS = 10 * 60
"""How long AWS may refuse to answer before a project waits for the next run."""

CARRIED = ("project", "cursor", "begunAt", "counts", "cause")
ITEM: Json = {name: jsonata(f"$states.input.{name}") for name in CARRIED}
UNCOMPARED = "$states.result[compared = false].project"
CAUGHT = {"error": jsonata("$states.errorOutput.Error"), "cause": jsonata("$states.errorOutput.Cause & ''")}


def build() -> StateMachine:
    """Give the machine, its states wired in the order in which an auditor meets them."""
    list_projects = lambda_task(
        "ListProjects",
        {
            "project": jsonata(
                "$exists($states.context.Execution.Input.project) ? $states.context.Execution.Input.project : null"
            )
        },
        comment="Tells which projects there are, or takes the one that was asked for.",
        output=jsonata("$states.result.Payload"),
    )
    projects = Map(
        "ReconcileProjects",
        _of_a_project(),
        comment="Looks at every project by itself, five at a time.",
        items=jsonata("$states.input.projects"),
        max_concurrency=PROJECTS_AT_ONCE,
        assign={
            "uncompared": jsonata(f"[{UNCOMPARED}]"),
            "failure": {"error": "PROJECTS_NOT_COMPARED", "cause": jsonata(f"$join([{UNCOMPARED}], ', ')")},
        },
        output={},
    )
    compared = Choice("EveryProjectCompared", comment="Is there a project that could not be compared?")
    succeeded = Succeed(
        "ReconcileSucceeded", comment="Every project was compared, and what differed put right.", output={}
    )
    failed = Fail(
        "ReconcileFailed",
        comment="The cause names the projects that could not be compared; each one's findings say why.",
        error=jsonata("$failure.error"),
        cause=jsonata("$failure.cause"),
    )
    list_projects.next(projects).next(compared)
    compared.add_choice(When("$count($uncompared) > 0"), failed)
    compared.default_choice(succeeded)
    for state in (list_projects, projects):
        state.add_catch(Catch(failed, error_equals=["States.ALL"], assign={"failure": CAUGHT}))
    return StateMachine(
        list_projects,
        comment="Compares every project's stacks with the mirror, repairs what differs, and records what it found.",
        timeout_seconds=MACHINE_SECONDS,
    )


def _of_a_project() -> Any:  # noqa: ANN401 -- an SDK state
    """Give the first of the states that each project goes through."""
    stacks = lambda_task(
        "ReconcileStacks",
        ITEM,
        comment="Compares a stretch of the project's stacks with their rows: frees dead locks, rebuilds, adopts, marks "
        "what is missing, looks for drift.",
        retry=[outlast_throttling(seconds=OUTAGE_SECONDS)],
    )
    remain = Choice("StacksRemain", comment="Is there more of this project to compare?")
    pause = Wait(
        "PauseForCalls", comment="Leaves the project's account some of its CloudFormation calls.", seconds=PAUSE_SECONDS
    )
    record = lambda_task(
        "RecordFindings",
        {
            **{name: ITEM[name] for name in ("project", "begunAt", "counts", "cause")},
            "failure": jsonata("$exists($states.input.failure) ? $states.input.failure : null"),
        },
        comment="Keeps what was found on the project's row, and tells the project's open pages.",
        retry=[outlast_throttling(seconds=OUTAGE_SECONDS)],
    )
    done = Succeed("ProjectDone", comment="Whether the project could be compared stands in the output.")
    stacks.next(remain)
    remain.add_choice(When("$states.input.remaining"), pause)
    remain.default_choice(record)
    pause.next(stacks)
    record.next(done)
    stacks.add_catch(Catch(record, error_equals=["States.ALL"], output={**ITEM, "failure": CAUGHT}))
    unrecorded = {"project": ITEM["project"], "compared": False}
    record.add_catch(Catch(done, error_equals=["States.ALL"], output=unrecorded))
    return stacks
