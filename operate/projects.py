"""Projects and their settings.

    python -m operate.projects list
    python -m operate.projects show --project atlas
    python -m operate.projects set --project atlas --quota bucket=20 --mandatory-tag Team --mandatory-tag Cost

A setting that is not given stays as it is. Mandatory tags replace all former ones; what stands already is held to them
at its next change. A quota below what stands refuses new ones and touches nothing.
"""

import sys
from argparse import Namespace

from operate.onboard import hub_output
from operate.project_settings import UNCHANGED, ProjectSettings, add_setting_arguments, settings_of
from operate.refusals import PROJECT_ID, STACK, STACK_FORM, OneSentenceParser, OperatorError, form, run
from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.adapters.onboarding import AwsHub
from stowage.adapters.session import client
from stowage.catalog.registry import all_kinds
from stowage.domain.ports import Projects
from stowage.domain.projects import Project


def known_project(project: str, projects: Projects) -> Project:
    """Give the project. Raises OperatorError for an unknown one."""
    found = projects.get_project(project)
    if found is None:
        raise OperatorError(f"There is no project {project}.")
    return found


def change_settings(project: str, settings: ProjectSettings, *, projects: Projects) -> Project:
    """Set what is given and give the project. Raises OperatorError for an unknown project, or for nothing to set."""
    if settings == UNCHANGED:
        raise OperatorError("Say what to set: --quota, --mandatory-tag or --managers-may-manage-members.")
    before = known_project(project, projects)
    after = settings.applied_to(before)
    if after != before:
        projects.put_project(after)
    return after


def lines_of(project: Project) -> tuple[str, ...]:
    """Tell a project, a line for each thing to know."""
    quotas = {kind.kind: project.quotas.get(kind.kind, kind.quota) for kind in all_kinds()}
    return (
        f"project\t{project.id} ({project.name}){', being offboarded' if project.closing else ''}",
        f"account\t{project.account}, {project.region}",
        f"baseline\t{project.baseline_version}",
        f"SFTP server\t{project.sftp_server_id or 'none'}",
        f"quotas\t{', '.join(f'{kind}={number}' for kind, number in quotas.items())}",
        f"mandatory tags\t{', '.join(project.mandatory_tags) or 'none'}",
        f"members kept by\toperators{' and managers' if project.managers_may_manage_members else ''}",
    )


def _parser() -> OneSentenceParser:
    parser = OneSentenceParser(prog="projects", description="Projects and their settings.")
    parser.add_argument("--stack", default="stowage", type=form(STACK, STACK_FORM), help="Stowage's own stack")
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=OneSentenceParser)
    project = form(PROJECT_ID, "a project id: 3 to 32 lower-case letters, digits and hyphens, a letter first")
    verbs.add_parser("list", help="every project with its account and the version of its baseline")
    show = verbs.add_parser("show", help="one project and its settings")
    show.add_argument("--project", required=True, type=project)
    setting = verbs.add_parser("set", help="change a project's settings")
    setting.add_argument("--project", required=True, type=project)
    add_setting_arguments(setting)
    return parser


def _run(projects: Projects, given: Namespace) -> None:
    if given.verb == "list":
        for project in projects.list_projects():
            closing = "\tbeing offboarded" if project.closing else ""
            print(f"{project.id}\t{project.account}\t{project.region}\tbaseline {project.baseline_version}{closing}")
        return
    if given.verb == "set":
        told = change_settings(given.project, settings_of(given), projects=projects)
    else:
        told = known_project(given.project, projects)
    print("\n".join(lines_of(told)))


def main(arguments: list[str] | None = None) -> int:
    """Run the command and give its exit code."""
    given = _parser().parse_args(arguments)

    def command() -> None:
        table = hub_output(AwsHub(), given.stack, "TableName")
        _run(DynamoProjects(client("dynamodb"), table), given)

    return run(command, "projects")


if __name__ == "__main__":
    sys.exit(main())
