"""Offboard a project: let go of its AWS account, and forget the project.

    python -m operate.offboard --project atlas --yes atlas

It refuses while resources stand or a change runs. Then it deletes the baseline stack, takes the members out and removes
the project's row. The access logs and the key stay in the account, by their deletion policy, and so does the account's
public access block; the history of changes stays in the table. Running it again goes on where it stopped.
"""

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from operate.baseline_stack import BaselineStack, Hours
from operate.onboard import ADMIN_ROLE, ROLE_NAME, hub_output
from operate.projects import known_project
from operate.refusals import PROJECT_ID, STACK, STACK_FORM, OneSentenceParser, OperatorError, form, run
from stowage.adapters.bootstrap import SystemClock
from stowage.adapters.dynamodb.changes import DynamoChanges
from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.adapters.onboarding import AwsHub
from stowage.adapters.session import client
from stowage.domain.changes import ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.onboarding import ProjectAccount
from stowage.domain.ports import ChangeFilter, Changes, Clock, Projects, Resources
from stowage.domain.projects import Project

REQUEST_SECONDS = 30
"""After so long no request runs that read the project before it was closed: the API's function ends after 25 s."""
CHANGE_DAYS = 2
"""No change runs for longer; older ones need not be looked at."""
NAMED = 20
PAGE = 100


@dataclass(frozen=True, slots=True)
class Mirror:
    """What the hub knows of its projects."""

    projects: Projects
    resources: Resources
    changes: Changes
    clock: Clock


def offboard(
    project: Project,
    mirror: Mirror,
    *,
    account: ProjectAccount,
    say: Callable[[str], None] = print,
    hours: Hours = time,
) -> None:
    """Let go of the project's account and forget the project.

    First the project is closed to new requests, so that nothing can begin after it was looked at. Raises OperatorError
    while resources stand or a change runs (the project is open then as before), or when the stack cannot be deleted
    (the project stays closed: mend it and run this again, or onboard the project again).
    """
    refuse_occupied(project, mirror)
    if not project.closing:
        mirror.projects.put_project(project.model_copy(update={"closing": True}))
        say(f"Closed the project {project.id} to new requests; waiting {REQUEST_SECONDS} s for those under way")
    hours.sleep(REQUEST_SECONDS)
    try:
        refuse_occupied(project, mirror)
    except OperatorError:
        mirror.projects.put_project(project.model_copy(update={"closing": False}))
        raise
    if not BaselineStack(account, project.id, hours, say).remove():
        say("The baseline stack is gone already")
    say(f"Kept in account {project.account}: the access logs in {project.log_bucket}, the key {project.kms_key_arn}")
    for member in mirror.projects.list_members(project.id):
        mirror.projects.delete_membership(project.id, member.person.id)
        say(f"Took {member.person.email} out of {project.id}")
    mirror.projects.delete_project(project.id)
    say(f"Removed the project {project.id}; its history of changes stays in the table")


def refuse_occupied(project: Project, mirror: Mirror) -> None:
    """Raise OperatorError, naming what is in the way, while resources stand or a change runs."""
    standing = list(_standing(project, mirror.resources))
    if standing:
        more = f" and {len(standing) - NAMED} more" if len(standing) > NAMED else ""
        raise OperatorError(
            f"{project.id} still has {', '.join(standing[:NAMED])}{more}: delete them in Stowage first."
        )
    running = list(_running(project, mirror))
    if running:
        raise OperatorError(f"{project.id} still has running changes: {', '.join(running)}. Wait for their end.")


def _standing(project: Project, resources: Resources) -> Iterator[str]:
    after: str | None = None
    while True:
        page = resources.list_page(project.id, kind=None, limit=PAGE, after=after)
        yield from (f"{row['kind']} {row['name']} ({row['status']})" for row in page.items)
        after = page.next_key
        if after is None:
            return


def _running(project: Project, mirror: Mirror) -> Iterator[str]:
    """Give the running changes; a creation that has just begun has no resource's row yet."""
    which = ChangeFilter(since=to_iso(mirror.clock.now() - timedelta(days=CHANGE_DAYS)))
    after: str | None = None
    while True:
        page = mirror.changes.list_page(project.id, which, limit=PAGE, after=after)
        yield from (
            f"{change.id} ({change.action} {change.kind} {change.name})"
            for change in page.items
            if change.status is ChangeStatus.RUNNING
        )
        after = page.next_key
        if after is None:
            return


def _parser() -> OneSentenceParser:
    parser = OneSentenceParser(prog="offboard", description="Let go of a project's AWS account and forget the project.")
    project = form(PROJECT_ID, "a project id: 3 to 32 lower-case letters, digits and hyphens, a letter first")
    parser.add_argument("--project", required=True, type=project)
    parser.add_argument("--yes", default="", metavar="PROJECT", help="the project's id once more: do it")
    parser.add_argument("--stack", default="stowage", type=form(STACK, STACK_FORM), help="Stowage's own stack")
    admin = form(ROLE_NAME, "a role's name")
    parser.add_argument("--admin-role", default=ADMIN_ROLE, type=admin, help="the role to assume in the account")
    parser.add_argument("--profile", help="AWS profile of the project's account, instead of assuming a role")
    return parser


def _run(hub: AwsHub, given: Namespace) -> None:
    table, dynamodb = hub_output(hub, given.stack, "TableName"), client("dynamodb")
    projects = DynamoProjects(dynamodb, table)
    project = known_project(given.project, projects)
    mirror = Mirror(projects, DynamoResources(dynamodb, table), DynamoChanges(dynamodb, table), SystemClock())
    if given.yes != project.id:
        refuse_occupied(project, mirror)
        raise OperatorError(
            f"This deletes the baseline stack in account {project.account}, takes every member out and forgets the "
            f"project. Nothing is in the way; say --yes {project.id} to do it."
        )
    account = hub.open_project(project.account, project.region, admin_role=given.admin_role, profile=given.profile)
    offboard(project, mirror, account=account)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and give its exit code."""
    given = _parser().parse_args(arguments)
    return run(lambda: _run(AwsHub(), given), "offboard")


if __name__ == "__main__":
    sys.exit(main())
