"""A small world to stand tests on: two projects, a person for each role, one who is in no project."""

from stowage.domain.projects import Membership, Person, Project, Role
from tests.unit.fakes.projects import FakeProjects

MANAGER = Person(id="11111111-aaaa-4aaa-8aaa-000000000001", email="mia@example.com", name="Mia Manager")
OPERATOR = Person(id="11111111-aaaa-4aaa-8aaa-000000000002", email="olaf@example.com", name="Olaf Operator")
AUDITOR = Person(id="11111111-aaaa-4aaa-8aaa-000000000003", email="ada@example.com", name="Ada Auditor")
STRANGER = Person(id="11111111-aaaa-4aaa-8aaa-000000000004", email="sam@example.com", name="Sam Stranger")


def project(project_id: str = "apollo", account: str = "111111111111", **fields: object) -> Project:
    """Give an onboarded project."""
    return Project.model_validate(
        {
            "id": project_id,
            "name": project_id.capitalize(),
            "account": account,
            "region": "eu-west-1",
            "deploy_role_arn": f"arn:aws:iam::{account}:role/StowageDeploy",
            "service_role_arn": f"arn:aws:iam::{account}:role/StowageCloudFormation",
            "external_id": f"external-{project_id}",
            "topic_arn": f"arn:aws:sns:eu-west-1:{account}:stowage-stack-events",
            "log_bucket": f"stowage-logs-{account}",
            "kms_key_arn": f"arn:aws:kms:eu-west-1:{account}:key/11111111-2222-4333-8444-555555555555",
            "boundary_arn": f"arn:aws:iam::{account}:policy/stowage/StowageBoundary",
            "baseline_version": 1,
            **fields,
        }
    )


def member(of: Project, person: Person, role: Role) -> Membership:
    """Give the person's membership."""
    return Membership(project=of.id, project_name=of.name, person=person, role=role)


def populated() -> FakeProjects:
    """Give "apollo" with manager, operator and auditor, "gemini" with the operator alone, and a stranger."""
    projects = FakeProjects()
    apollo, gemini = project(), project("gemini", "222222222222")
    for each in (apollo, gemini):
        projects.put_project(each)
    for person in (MANAGER, OPERATOR, AUDITOR, STRANGER):
        projects.put_person(person)
    for membership in (
        member(apollo, MANAGER, Role.MANAGER),
        member(apollo, OPERATOR, Role.OPERATOR),
        member(apollo, AUDITOR, Role.AUDITOR),
        member(gemini, OPERATOR, Role.OPERATOR),
    ):
        projects.put_membership(membership)
    return projects
