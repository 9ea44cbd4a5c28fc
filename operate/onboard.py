"""Onboard a project: prepare its AWS account and tell Stowage about it.

    python -m operate.onboard --project atlas --account 123456789012 [--name Atlas] [--region eu-west-1]
        [--quota bucket=20] [--mandatory-tag Team] [--managers-may-manage-members yes] [--sftp yes]

It switches the account's public access block on, deploys the baseline stack (or brings it up to date), writes the
project's row and subscribes the hub's queue to the account's stack events. Running it again changes only what is not as
it should be. The same command serves AWS and the local cloud. It needs credentials of the hub's account, and there the
right to assume `--admin-role` in the project's.
"""

import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from operate.baseline_stack import BaselineStack, Hours
from operate.occupancy import REQUEST_SECONDS, Mirror
from operate.project_settings import SETTINGS, UNCHANGED, ProjectSettings, add_setting_arguments, settings_of
from operate.refusals import (
    ACCOUNT,
    PRINTABLE,
    PROJECT_ID,
    REGION,
    STACK,
    STACK_FORM,
    OneSentenceParser,
    OperatorError,
    form,
    run,
)
from operate.sftp import close_to_sftp_users
from stowage.adapters.dynamodb.changes import DynamoChanges
from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.adapters.onboarding import AwsHub
from stowage.adapters.session import client
from stowage.adapters.system_clock import SystemClock
from stowage.catalog.baseline import SFTP_OUTPUT, STACK_NAME, Hub, render_baseline
from stowage.domain.onboarding import HubAccount, ProjectAccount, StackEventQueue
from stowage.domain.projects import Project

ADMIN_ROLE = "OrganizationAccountAccessRole"
ROLE_NAME = r"[\w+=,.@/-]{1,512}"


@dataclass(frozen=True, slots=True)
class Request:
    """What the operator asked for.

    Without a name a known project keeps its own, and a new one is called like its id. `sftp` tells whether it has an
    SFTP server; None leaves it as it is, and a new project without.
    """

    project: str
    name: str | None
    account: str
    region: str
    sftp: bool | None = None


def onboard(
    request: Request,
    hub: Hub,
    *,
    account: ProjectAccount,
    events: StackEventQueue,
    mirror: Mirror,
    settings: ProjectSettings = UNCHANGED,
    say: Callable[[str], None] = print,
    hours: Hours = time,
) -> bool:
    """Prepare the project's account and write its row; gives False when everything was up to date.

    The external id of a known project is kept, so that running changes go on; a new one is 256 random bits. So are its
    settings, but for those given; a project whose offboarding was begun is open again.
    Raises OperatorError when the project is onboarded elsewhere, when its baseline stack fails, or when it is to lose
    an SFTP server that somebody uses.
    """
    projects = mirror.projects
    known = projects.get_project(request.project)
    if known is not None and (known.account, known.region) != (request.account, request.region):
        raise OperatorError(f"The project {known.id} stands in account {known.account}, region {known.region}.")
    blocked = account.block_public_access()
    if blocked:
        say(f"Switched the public access block of account {request.account} on")
    external_id = secrets.token_hex(32) if known is None else known.external_id
    stack = BaselineStack(account, request.project, hours, say)
    had_server = SFTP_OUTPUT in stack.outputs()
    wants_server = had_server if request.sftp is None else request.sftp
    if known is not None and had_server and not wants_server:
        say(f"Closing {known.id} to new SFTP users; waiting {REQUEST_SECONDS} s for requests under way")
        close_to_sftp_users(known, mirror, hours)
    deployed, changed = stack.deploy(render_baseline(hub, external_id, sftp=wants_server), hub)
    account.protect(deployed.name)
    known = projects.get_project(request.project)  # again: minutes may have passed, and somebody have set something
    project = settings.applied_to(_project(request, external_id, deployed.outputs, known))
    if project != known:
        projects.put_project(project)
        say(f"Wrote the project {project.id}")
    events.subscribe(project.topic_arn, project.region)  # after the row, without which events are dropped
    return blocked or changed or project != known


def _project(request: Request, external_id: str, outputs: dict[str, str], known: Project | None) -> Project:
    kept = {name: getattr(known, name) for name in (*SETTINGS, "reconcile")} if known else {}
    try:
        return Project(
            id=request.project,
            name=request.name or (known.name if known else request.project.replace("-", " ").title()),
            account=request.account,
            region=request.region,
            deploy_role_arn=outputs["DeployRoleArn"],
            service_role_arn=outputs["ServiceRoleArn"],
            external_id=external_id,
            topic_arn=outputs["TopicArn"],
            log_bucket=outputs["LogBucket"],
            kms_key_arn=outputs["KmsKeyArn"],
            boundary_arn=outputs["BoundaryArn"],
            baseline_version=int(outputs["Version"]),
            credentials_role_arn=outputs["CredentialsRoleArn"],
            survey_role_arn=outputs["SurveyRoleArn"],
            sftp_server_id=outputs.get(SFTP_OUTPUT),
            **kept,
        )
    except KeyError as error:
        raise OperatorError(f"The stack {STACK_NAME} has no output {error}.") from error


def open_mirror(table: str) -> Mirror:
    """Give what the hub knows of its projects."""
    dynamodb = client("dynamodb")
    projects, resources = DynamoProjects(dynamodb, table), DynamoResources(dynamodb, table)
    return Mirror(projects, resources, DynamoChanges(dynamodb, table), SystemClock())


def hub_output(hub: HubAccount, stack: str, output: str) -> str:
    """Give an output of Stowage's own stack. Raises OperatorError when stack or output is missing."""
    outputs = hub.stack_outputs(stack)
    if outputs is None:
        raise OperatorError(
            f"There is no stack {stack} in account {hub.account}, region {hub.region}: deploy it first."
        )
    if output not in outputs:
        raise OperatorError(f"The stack {stack} has no output {output}.")
    return outputs[output]


def _parser() -> OneSentenceParser:
    parser = OneSentenceParser(prog="onboard", description="Prepare a project's AWS account and tell Stowage about it.")
    project = form(PROJECT_ID, "a project id: 3 to 32 lower-case letters, digits and hyphens, a letter first")
    parser.add_argument("--project", required=True, type=project, help="the project's id, for ever")
    parser.add_argument("--name", type=form(PRINTABLE, "a name of 1 to 100 characters"), help="its name for people")
    account = form(ACCOUNT, "an AWS account number: 12 digits")
    parser.add_argument("--account", required=True, type=account, help="the project's own AWS account")
    parser.add_argument(
        "--region", type=form(REGION, "an AWS region"), help="where its resources stand; else the hub's"
    )
    add_setting_arguments(parser)
    parser.add_argument(
        "--sftp",
        choices=("yes", "no", "1", "0"),
        help="whether it has an SFTP server, which costs by the hour, used or not; else as it is",
    )
    parser.add_argument("--stack", default="stowage", type=form(STACK, STACK_FORM), help="Stowage's own stack")
    admin = form(ROLE_NAME, "a role's name")
    parser.add_argument("--admin-role", default=ADMIN_ROLE, type=admin, help="the role to assume in the account")
    parser.add_argument("--profile", help="AWS profile of the project's account, instead of assuming a role")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command and give its exit code."""
    given = _parser().parse_args(arguments)

    def command() -> None:
        hub = AwsHub()
        table = hub_output(hub, given.stack, "TableName")
        events = hub.stack_events(hub_output(hub, given.stack, "StackEventsArn"))
        if given.account == hub.account:
            raise OperatorError(f"{given.account} is the hub's own account: a project needs one of its own.")
        sftp = None if given.sftp is None else given.sftp in {"yes", "1"}
        request = Request(given.project, given.name, given.account, given.region or hub.region, sftp)
        account = hub.open_project(request.account, request.region, admin_role=given.admin_role, profile=given.profile)
        stowage = Hub(hub.account, given.stack)
        mirror, settings = open_mirror(table), settings_of(given)
        done = onboard(request, stowage, account=account, events=events, mirror=mirror, settings=settings)
        print(f"{request.project}: {'onboarded' if done else 'already up to date'} in account {request.account}")

    return run(command, "onboard")


if __name__ == "__main__":
    sys.exit(main())
