"""Rows of projects, members and persons, on moto."""

from typing import Any

from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.domain.projects import Role
from tests.integration.conftest import TABLE
from tests.unit.fakes.people import MANAGER, OPERATOR, member, project


def test_a_project_comes_back_as_it_was_written(dynamodb: Any) -> None:
    """Every field of the model stands in the row, and nothing is lost on the way."""
    projects = DynamoProjects(dynamodb, TABLE)

    projects.put_project(project())

    assert projects.get_project("apollo") == project()
    assert projects.get_project("gemini") is None


def test_a_person_comes_back_as_written(dynamodb: Any) -> None:
    """A person's row is keyed by the sub."""
    projects = DynamoProjects(dynamodb, TABLE)

    projects.put_person(MANAGER)

    assert projects.get_person(MANAGER.id) == MANAGER
    assert projects.get_person("nobody") is None


def test_memberships_are_found_from_both_sides(dynamodb: Any) -> None:
    """By project, by person, and one alone; a later role replaces the former; a removed one is gone."""
    projects = DynamoProjects(dynamodb, TABLE)
    apollo, gemini = project(), project("gemini")
    for membership in (
        member(apollo, MANAGER, Role.AUDITOR),
        member(apollo, MANAGER, Role.MANAGER),
        member(apollo, OPERATOR, Role.OPERATOR),
        member(gemini, MANAGER, Role.AUDITOR),
    ):
        projects.put_membership(membership)
    projects.put_project(apollo)

    assert projects.get_membership("apollo", MANAGER.id) == member(apollo, MANAGER, Role.MANAGER)
    assert [each.person for each in projects.list_members("apollo")] == [MANAGER, OPERATOR]
    assert [each.project for each in projects.list_memberships(MANAGER.id)] == ["apollo", "gemini"]
    projects.delete_membership("apollo", MANAGER.id)
    projects.delete_membership("apollo", MANAGER.id)
    assert projects.get_membership("apollo", MANAGER.id) is None
    assert [each.person for each in projects.list_members("apollo")] == [OPERATOR]


def test_all_pages_of_members_are_read(dynamodb: Any) -> None:
    """A project with more members than one page of 1 MB loses none."""
    projects = DynamoProjects(dynamodb, TABLE)
    apollo = project()
    for number in range(30):
        person = MANAGER.model_copy(update={"id": f"person-{number:03}", "name": "x" * 50_000})
        projects.put_membership(member(apollo, person, Role.AUDITOR))

    assert len(projects.list_members("apollo")) == 30
