"""People and their roles in projects.

    python -m operate.people add --email ada@example.com --name "Ada" --role manager --project atlas --project borealis
    python -m operate.people list --project atlas
    python -m operate.people remove --email ada@example.com [--project atlas]

Without `--password` a new person gets an invitation by e-mail from Cognito. A role is per project; adding somebody
again changes the role. Removing somebody from no particular project removes them from all, and their sign-in.
"""

import sys
from argparse import Namespace
from dataclasses import dataclass

from operate.onboard import hub_output
from operate.refusals import (
    EMAIL,
    PRINTABLE,
    PROJECT_ID,
    STACK,
    STACK_FORM,
    OneSentenceParser,
    OperatorError,
    form,
    run,
)
from stowage.adapters.cognito import CognitoSignIns
from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.adapters.onboarding import AwsHub
from stowage.adapters.session import client
from stowage.domain.onboarding import SignIn, SignIns
from stowage.domain.ports import Projects
from stowage.domain.projects import Membership, Person, Role


@dataclass(frozen=True, slots=True)
class People:
    """The people of a Stowage: their sign-ins and their memberships."""

    sign_ins: SignIns
    projects: Projects

    def add(self, email: str, name: str | None, role: Role, projects: tuple[str, ...], password: str | None) -> Person:
        """Let somebody into projects with a role, with a sign-in if they have none; idempotent.

        Raises OperatorError for an unknown project, before anything is written.
        """
        known = [(project, self.projects.get_project(project)) for project in projects]
        if unknown := [project for project, found in known if found is None]:
            raise OperatorError(f"There is no project {' or '.join(unknown)}: onboard it first.")
        user = self.sign_ins.find(email)
        if user is None:
            user = self.sign_ins.create(email, name or email, invite=password is None)
        elif not user.enabled:
            self.sign_ins.enable(user)
        if password is not None:
            self.sign_ins.set_password(user, password)
        person = Person(id=user.id, email=user.email, name=name or user.name)
        self.projects.put_person(person)
        for project in (found for _, found in known if found is not None):
            self.projects.put_membership(
                Membership(project=project.id, project_name=project.name, person=person, role=role)
            )
        return person

    def members(self, projects: tuple[str, ...]) -> tuple[Membership, ...]:
        """Give the members of these projects, project by project. Raises OperatorError for an unknown project."""
        for project in projects:
            if self.projects.get_project(project) is None:
                raise OperatorError(f"There is no project {project}.")
        return tuple(member for project in projects for member in self.projects.list_members(project))

    def remove(self, email: str, projects: tuple[str, ...]) -> tuple[str, ...]:
        """Take somebody out of these projects, or out of all and disable the sign-in; gives the projects left.

        Raises OperatorError when nobody has this e-mail.
        """
        user: SignIn | None = self.sign_ins.find(email)
        if user is None:
            raise OperatorError(f"Nobody signs in as {email}.")
        if not projects:
            self.sign_ins.disable(user)
        left = projects or tuple(member.project for member in self.projects.list_memberships(user.id))
        for project in left:
            self.projects.delete_membership(project, user.id)
        return left


def _parser() -> OneSentenceParser:
    parser = OneSentenceParser(prog="people", description="People and their roles in projects.")
    parser.add_argument("--stack", default="stowage", type=form(STACK, STACK_FORM), help="Stowage's own stack")
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=OneSentenceParser)
    email = form(EMAIL, "an e-mail address")
    project = form(PROJECT_ID, "a project id: 3 to 32 lower-case letters, digits and hyphens, a letter first")
    name = form(PRINTABLE, "a name of 1 to 100 characters")
    add = verbs.add_parser("add", help="let somebody into projects, or change their role there")
    add.add_argument("--email", required=True, type=email)
    add.add_argument("--name", type=name, help="the person's name")
    add.add_argument("--password", help="set it for good, instead of an invitation by e-mail")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    add.add_argument("--project", required=True, action="append", type=project, help="may be repeated")
    listing = verbs.add_parser("list", help="who is in a project, and as what")
    listing.add_argument("--project", required=True, action="append", type=project, help="may be repeated")
    remove = verbs.add_parser("remove", help="take somebody out of projects, or out of all")
    remove.add_argument("--email", required=True, type=email)
    remove.add_argument("--project", action="append", default=[], type=project, help="may be repeated; else all")
    return parser


def _run(people: People, given: Namespace) -> None:
    projects = tuple(dict.fromkeys(given.project))
    if given.verb == "add":
        person = people.add(given.email, given.name, Role(given.role), projects, given.password)
        print(f"{person.email} is {given.role} of {', '.join(projects)}")
    elif given.verb == "list":
        for member in people.members(projects):
            print(f"{member.project}\t{member.role}\t{member.person.email}\t{member.person.name}")
    else:
        left = people.remove(given.email, projects)
        print(f"{given.email} left {', '.join(left) or 'no project'}{'' if projects else ' and cannot sign in'}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command and give its exit code."""
    given = _parser().parse_args(arguments)

    def command() -> None:
        hub = AwsHub()
        sign_ins = CognitoSignIns(client("cognito-idp"), hub_output(hub, given.stack, "UserPoolId"))
        projects = DynamoProjects(client("dynamodb"), hub_output(hub, given.stack, "TableName"))
        _run(People(sign_ins, projects), given)

    return run(command, "people")


if __name__ == "__main__":
    sys.exit(main())
