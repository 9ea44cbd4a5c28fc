"""Bring projects' baseline stacks to this version of Stowage.

    python -m operate.baseline upgrade --project atlas
    python -m operate.baseline upgrade --all

One project after the other; the first failure ends it, and running it again goes on from there. What is up to date is
not touched. It needs what `operate.onboard` needs.
"""

import sys
import time
from argparse import Namespace
from collections.abc import Callable

from operate.baseline_stack import Hours
from operate.occupancy import Mirror
from operate.onboard import ADMIN_ROLE, ROLE_NAME, Request, hub_output, onboard, open_mirror
from operate.projects import known_project
from operate.refusals import PROJECT_ID, STACK, STACK_FORM, OneSentenceParser, OperatorError, form, run
from stowage.adapters.onboarding import AwsHub
from stowage.catalog.baseline import BASELINE_VERSION, Hub
from stowage.domain.errors import StowageError
from stowage.domain.onboarding import ProjectAccount, StackEventQueue
from stowage.domain.projects import Project

OpenProject = Callable[[Project], ProjectAccount]


def upgrade(
    wanted: tuple[Project, ...],
    hub: Hub,
    *,
    enter: OpenProject,
    events: StackEventQueue,
    mirror: Mirror,
    say: Callable[[str], None] = print,
    hours: Hours = time,
) -> None:
    """Bring these projects' baselines to this version, in order, and tell each one's version before and after.

    Raises OperatorError at the first project that cannot be upgraded, with the reason and the projects left.
    """
    for number, project in enumerate(wanted):
        try:
            _upgrade_one(project, hub, enter=enter, events=events, mirror=mirror, say=say, hours=hours)
        except StowageError as error:
            left = ", ".join(other.id for other in wanted[number + 1 :])
            rest = f" Not upgraded either: {left}." if left else ""
            raise OperatorError(f"{project.id} stays at baseline {project.baseline_version}: {error}{rest}") from error


def _upgrade_one(
    project: Project,
    hub: Hub,
    *,
    enter: OpenProject,
    events: StackEventQueue,
    mirror: Mirror,
    say: Callable[[str], None],
    hours: Hours,
) -> None:
    if project.baseline_version > BASELINE_VERSION:
        raise OperatorError(f"this Stowage has baseline {BASELINE_VERSION}, which is older: take the newer one.")
    if project.closing:
        raise OperatorError("it is being offboarded.")

    def say_of_project(line: str) -> None:
        say(f"{project.id}: {line}")

    request = Request(project.id, project.name, project.account, project.region)
    account = enter(project)
    changed = onboard(request, hub, account=account, events=events, mirror=mirror, say=say_of_project, hours=hours)
    now = mirror.projects.get_project(project.id)
    after = now.baseline_version if now else project.baseline_version
    if changed:
        say_of_project(f"baseline {project.baseline_version} → {after}")
    else:
        say_of_project(f"baseline {after}, already up to date")


def _parser() -> OneSentenceParser:
    parser = OneSentenceParser(prog="baseline", description="Bring projects' baseline stacks to this version.")
    parser.add_argument("--stack", default="stowage", type=form(STACK, STACK_FORM), help="Stowage's own stack")
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=OneSentenceParser)
    verb = verbs.add_parser("upgrade", help="deploy this version's baseline where another one stands")
    project = form(PROJECT_ID, "a project id: 3 to 32 lower-case letters, digits and hyphens, a letter first")
    which = verb.add_mutually_exclusive_group(required=True)
    which.add_argument("--project", type=project, help="this project alone")
    which.add_argument("--all", action="store_true", help="every project")
    admin = form(ROLE_NAME, "a role's name")
    verb.add_argument("--admin-role", default=ADMIN_ROLE, type=admin, help="the role to assume in the account")
    verb.add_argument("--profile", help="AWS profile of the one project's account, instead of assuming a role")
    return parser


def _run(hub: AwsHub, given: Namespace) -> None:
    if given.profile and given.all:
        raise OperatorError("A profile leads into one account: give --project with it.")
    mirror = open_mirror(hub_output(hub, given.stack, "TableName"))
    events = hub.stack_events(hub_output(hub, given.stack, "StackEventsArn"))
    wanted = mirror.projects.list_projects() if given.all else (known_project(given.project, mirror.projects),)

    def enter(project: Project) -> ProjectAccount:
        role, profile = given.admin_role, given.profile
        return hub.open_project(project.account, project.region, admin_role=role, profile=profile)

    upgrade(wanted, Hub(hub.account, given.stack), enter=enter, events=events, mirror=mirror)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and give its exit code."""
    given = _parser().parse_args(arguments)
    return run(lambda: _run(AwsHub(), given), "baseline")


if __name__ == "__main__":
    sys.exit(main())
