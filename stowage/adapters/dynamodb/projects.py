"""Rows of projects, their members, and persons."""

from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import to_item
from stowage.adapters.dynamodb.table import get_row, key, query_rows
from stowage.domain.projects import Membership, Person, Project, Role

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

PROJECT = "PROJECT"
PERSON = "PERSON"


class DynamoProjects:
    """The port `Projects` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get_project(self, project: str) -> Project | None:
        """Give the project, or None when it was never onboarded."""
        row = get_row(self._client, self._table, f"PROJECT#{project}", PROJECT)
        return None if row is None else _project(row)

    def get_membership(self, project: str, person: str) -> Membership | None:
        """Give the person's membership now, or None."""
        row = get_row(self._client, self._table, f"PROJECT#{project}", f"MEMBER#{person}")
        return None if row is None else _membership(row)

    def list_memberships(self, person: str) -> tuple[Membership, ...]:
        """Give all of a person's memberships, by project id; eventually consistent (an index)."""
        rows = query_rows(self._client, self._table, f"PERSON#{person}", "PROJECT#", index=True)
        return tuple(map(_membership, rows))

    def list_members(self, project: str) -> tuple[Membership, ...]:
        """Give all members of a project now, by person id."""
        rows = query_rows(self._client, self._table, f"PROJECT#{project}", "MEMBER#")
        return tuple(map(_membership, rows))

    def get_person(self, person: str) -> Person | None:
        """Give the person's row, or None."""
        row = get_row(self._client, self._table, f"PERSON#{person}", PERSON)
        return None if row is None else _person(row)

    def put_project(self, project: Project) -> None:
        """Write the project; idempotent."""
        fields = project.model_dump(mode="json", by_alias=True, exclude={"id"})
        self._put(
            {
                "pk": f"PROJECT#{project.id}",
                "sk": PROJECT,
                "gsi1pk": "PROJECTS",
                "gsi1sk": project.id,
                "project": project.id,
                **fields,
            }
        )

    def put_person(self, person: Person) -> None:
        """Write the person; idempotent."""
        self._put({"pk": f"PERSON#{person.id}", "sk": PERSON, **_of_person(person)})

    def put_membership(self, membership: Membership) -> None:
        """Write the membership, replacing the person's former role; idempotent."""
        self._put(
            {
                "pk": f"PROJECT#{membership.project}",
                "sk": f"MEMBER#{membership.person.id}",
                "gsi1pk": f"PERSON#{membership.person.id}",
                "gsi1sk": f"PROJECT#{membership.project}",
                "project": membership.project,
                "projectName": membership.project_name,
                "role": membership.role.value,
                **_of_person(membership.person),
            }
        )

    def delete_membership(self, project: str, person: str) -> None:
        """Remove the membership; done also if there is none."""
        with aws_errors():
            self._client.delete_item(TableName=self._table, Key=key(f"PROJECT#{project}", f"MEMBER#{person}"))

    def _put(self, fields: dict[str, Any]) -> None:
        with aws_errors():
            self._client.put_item(TableName=self._table, Item=to_item(fields))


def _of_person(person: Person) -> dict[str, str]:
    return {"person": person.id, "email": person.email, "name": person.name}


def _person(row: dict[str, Any]) -> Person:
    return Person(id=row["person"], email=row["email"], name=row["name"])


def _membership(row: dict[str, Any]) -> Membership:
    return Membership(
        project=row["project"], project_name=row["projectName"], person=_person(row), role=Role(row["role"])
    )


def _project(row: dict[str, Any]) -> Project:
    fields = {name: row[field.alias or name] for name, field in Project.model_fields.items() if name != "id"}
    return Project(id=row["project"], **fields)
