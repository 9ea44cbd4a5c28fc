"""Offboard a project: let go of its AWS account, and forget the project.

    python -m operate.offboard --project atlas --yes atlas

It refuses while resources stand or a change runs. Then it deletes the baseline stack, takes the members out and removes
the project's row. The access logs and the key stay in the account, by their deletion policy, and so does the account's
public access block; the history of changes stays in the table. Running it again goes on where it stopped.
"""

import sys
import time
from argparse import Namespace
from collections.abc import Callable

from operate.baseline_stack import BaselineStack, Hours
from operate.occupancy import REQUEST_SECONDS, Mirror, named, running, standing
from operate.onboard import ADMIN_ROLE, ROLE_NAME, hub_output, open_mirror
from operate.projects import known_project
from operate.refusals import PROJECT_ID, STACK, STACK_FORM, OneSentenceParser, OperatorError, form, run
from stowage.adapters.onboarding import AwsHub
from stowage.domain.onboarding import ProjectAccount
from stowage.domain.projects import Project


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
    resources = list(standing(project, mirror.resources))
    if resources:
        raise OperatorError(f"{project.id} still has {named(resources)}: delete them in Stowage first.")
    changes = list(running(project, mirror))
    if changes:
        raise OperatorError(f"{project.id} still has running changes: {', '.join(changes)}. Wait for their end.")


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
    mirror = open_mirror(hub_output(hub, given.stack, "TableName"))
    project = known_project(given.project, mirror.projects)
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
