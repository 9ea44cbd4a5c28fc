"""Rows of projects, members and persons, on moto."""

from typing import Any

import pytest

from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.domain.errors import ConcurrentUpdateError
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


def test_a_projects_settings_come_back_and_an_older_row_has_the_defaults(dynamodb: Any) -> None:
    """Quotas, mandatory tags and the rest stand in the row; a row from before they existed still reads."""
    projects = DynamoProjects(dynamodb, TABLE)
    settings: Any = {"quotas": {"bucket": 3}, "mandatory_tags": ("Team", "a b"), "managers_may_manage_members": True}
    projects.put_project(project(**settings, closing=True))
    written = projects.get_project("apollo")
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": "PROJECT#apollo"}, "sk": {"S": "PROJECT"}},
        UpdateExpression="REMOVE quotas, mandatoryTags, managersMayManageMembers, closing",
    )

    assert written == project(**settings, closing=True)
    assert projects.get_project("apollo") == project()


def test_projects_are_listed_and_forgotten(dynamodb: Any) -> None:
    """All of them, by id; a removed one is gone, and removing it again is harmless."""
    projects = DynamoProjects(dynamodb, TABLE)
    for name in ("gemini", "apollo"):
        projects.put_project(project(name))

    assert [each.id for each in projects.list_projects()] == ["apollo", "gemini"]
    projects.delete_project("apollo")
    projects.delete_project("apollo")
    assert [each.id for each in projects.list_projects()] == ["gemini"]


def test_a_membership_changes_only_while_what_permits_it_holds(dynamodb: Any) -> None:
    """The row itself and the witness must have the roles that were seen; else nothing is written."""
    projects, apollo = DynamoProjects(dynamodb, TABLE), project()
    manager, operator = member(apollo, MANAGER, Role.MANAGER), member(apollo, OPERATOR, Role.OPERATOR)
    promoted = member(apollo, MANAGER, Role.OPERATOR)
    projects.put_membership(operator)

    projects.change_membership(None, manager, witness=operator)
    projects.change_membership(manager, promoted, witness=operator)
    with pytest.raises(ConcurrentUpdateError):
        projects.change_membership(None, manager, witness=operator)
    with pytest.raises(ConcurrentUpdateError):
        projects.change_membership(manager, None, witness=operator)
    projects.change_membership(promoted, None, witness=operator)
    with pytest.raises(ConcurrentUpdateError):
        projects.change_membership(operator, None, witness=promoted)
    with pytest.raises(ConcurrentUpdateError):
        projects.change_membership(promoted, None, witness=None)

    assert projects.list_members("apollo") == (operator,)
    projects.change_membership(operator, None, witness=None)
    assert projects.list_members("apollo") == ()
