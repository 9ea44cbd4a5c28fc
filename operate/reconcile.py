"""Compare the projects' stacks with the mirror now, and show what was found.

    python -m operate.reconcile
    python -m operate.reconcile --project atlas

It starts an execution of the machine reconcile, waits for its end and prints each project's findings. A run that a
schedule has begun meanwhile is no hindrance: whatever is done twice is done once.
"""

import sys
import time
from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime

from operate.baseline_stack import Hours
from operate.onboard import hub_output
from operate.projects import known_project
from operate.refusals import PROJECT_ID, STACK, STACK_FORM, OneSentenceParser, OperatorError, form, run
from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.adapters.onboarding import AwsHub
from stowage.adapters.session import client
from stowage.adapters.stepfunctions import StepFunctionsExecutions
from stowage.domain.changes import canonical_json
from stowage.domain.endings import ENDED
from stowage.domain.ports import Execution, Executions
from stowage.domain.projects import Project

POLL_SECONDS = 2
COLUMNS = ("stacks", "mismatches", "repaired", "locks_freed", "drifted", "waiting", "failed", "calls_made")


def play(name: str, project: str | None, *, executions: Executions, hours: Hours = time) -> Execution:
    """Start a run and wait for its end."""
    executions.start(name, canonical_json({} if project is None else {"project": project}))
    while (told := executions.describe(name)).status not in ENDED:
        hours.sleep(POLL_SECONDS)
    return told


def table(projects: Iterable[Project]) -> list[str]:
    """Give the findings, a line for each project, under a line of headings."""
    rows = [("project", *(name.replace("_", " ") for name in COLUMNS), "verified at")]
    for project in projects:
        found = project.reconcile
        counts = ["-"] * len(COLUMNS) if found is None else [str(getattr(found, name)) for name in COLUMNS]
        rows.append((project.id, *counts, (found and found.verified_at) or "never"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _parser() -> OneSentenceParser:
    parser = OneSentenceParser(prog="reconcile", description="Compare the projects' stacks with the mirror now.")
    parser.add_argument("--stack", default="stowage", type=form(STACK, STACK_FORM), help="Stowage's own stack")
    project = form(PROJECT_ID, "a project id: 3 to 32 lower-case letters, digits and hyphens, a letter first")
    parser.add_argument("--project", type=project, help="this project alone")
    return parser


def _run(hub: AwsHub, given: Namespace) -> None:
    projects = DynamoProjects(client("dynamodb"), hub_output(hub, given.stack, "TableName"))
    if given.project is not None:
        known_project(given.project, projects)
    machine = hub_output(hub, given.stack, "ReconcileMachineArn")
    name = f"by-hand-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    ended = play(name, given.project, executions=StepFunctionsExecutions(client("stepfunctions"), machine))
    found = [each for each in projects.list_projects() if given.project in {None, each.id}]
    print("\n".join(table(found)))
    for each in found:
        if each.reconcile is not None and each.reconcile.cause is not None:
            print(f"{each.id}: {each.reconcile.cause}")
    if ended.status != "SUCCEEDED":
        raise OperatorError(f"The run {name} ended {ended.status}: {ended.error or ''} {ended.cause or ''}".strip())


def main(arguments: list[str] | None = None) -> int:
    """Run the command and give its exit code."""
    given = _parser().parse_args(arguments)
    return run(lambda: _run(AwsHub(), given), "reconcile")


if __name__ == "__main__":
    sys.exit(main())
