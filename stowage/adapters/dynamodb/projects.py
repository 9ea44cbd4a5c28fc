"""Rows of projects, their members, and persons."""

import json
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import Item, names, to_item
from stowage.adapters.dynamodb.table import get_row, key, query_rows
from stowage.domain.errors import ConcurrentUpdateError
from stowage.domain.projects import Membership, Owner, Person, Project, Role

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

PROJECT = "PROJECT"
PROJECTS = "PROJECTS"
PERSON = "PERSON"
RECONCILE = "reconcile"


class DynamoProjects:
    """The port `Projects` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get_project(self, project: str) -> Project | None:
        """Give the project, or None when it was never onboarded."""
        row = get_row(self._client, self._table, f"PROJECT#{project}", PROJECT)
        return None if row is None else _project(row)

    def list_projects(self) -> tuple[Project, ...]:
        """Give all projects, by id; eventually consistent (an index)."""
        return tuple(map(_project, query_rows(self._client, self._table, PROJECTS, "", index=True)))

    def owner_of(self, account: str, region: str) -> Owner | None:
        """Tell whose account this is there, or None."""
        row = get_row(self._client, self._table, f"ACCOUNT#{account}", f"REGION#{region}")
        return None if row is None else Owner(project=row["project"], topic_arn=row["topicArn"])

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
        """Write the project, and whose its account is; idempotent. What reconcile has found stays as it is."""
        fields = project.model_dump(mode="json", by_alias=True, exclude={"id", RECONCILE})
        fields["mandatoryTags"] = frozenset(project.mandatory_tags)
        fields |= {"gsi1pk": PROJECTS, "gsi1sk": project.id, "project": project.id}
        present = {name: value for name, value in fields.items() if value is not None and value != frozenset()}
        absent = sorted(fields.keys() - present.keys())
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in present)
        row: Any = {
            "TableName": self._table,
            "Key": key(f"PROJECT#{project.id}", PROJECT),
            "UpdateExpression": expression + (f" REMOVE {', '.join(f'#{name}' for name in absent)}" if absent else ""),
            "ExpressionAttributeNames": names(*fields),
            "ExpressionAttributeValues": to_item({f":{name}": value for name, value in present.items()}),
        }
        owner = {
            "pk": f"ACCOUNT#{project.account}",
            "sk": f"REGION#{project.region}",
            "project": project.id,
            "topicArn": project.topic_arn,
        }
        with aws_errors():
            self._client.transact_write_items(
                TransactItems=[
                    {"Update": row},
                    {"Put": {"TableName": self._table, "Item": to_item(owner)}},
                ]
            )

    def delete_project(self, project: str) -> None:
        """Remove the project's row, and whose its account was; done also if there is none."""
        known = self.get_project(project)
        if known is None:
            return
        keys = (
            key(f"PROJECT#{project}", PROJECT),
            key(f"ACCOUNT#{known.account}", f"REGION#{known.region}"),
        )
        items: Any = [{"Delete": {"TableName": self._table, "Key": each}} for each in keys]
        with aws_errors():
            self._client.transact_write_items(TransactItems=items)

    def put_person(self, person: Person) -> None:
        """Write the person; idempotent."""
        self._put({"pk": f"PERSON#{person.id}", "sk": PERSON, **_of_person(person)})

    def put_membership(self, membership: Membership) -> None:
        """Write the membership, replacing the person's former role; idempotent."""
        self._put(_of_membership(membership))

    def delete_membership(self, project: str, person: str) -> None:
        """Remove the membership; done also if there is none."""
        with aws_errors():
            self._client.delete_item(TableName=self._table, Key=key(f"PROJECT#{project}", f"MEMBER#{person}"))

    def change_membership(
        self, before: Membership | None, after: Membership | None, *, witness: Membership | None
    ) -> None:
        """Replace a person's membership (None: none before, none after) while what permits it still holds.

        One transaction, so that two operators who remove each other cannot both succeed. Raises
        ConcurrentUpdateError when `before` or `witness` has not the role that was seen.
        """
        table = {"TableName": self._table}
        seen: dict[str, Any] = (
            {"ConditionExpression": "attribute_not_exists(pk)"} if before is None else _in_role(before)
        )
        items: list[Any] = []
        if after is not None:
            items.append({"Put": {**table, "Item": to_item(_of_membership(after)), **seen}})
        elif before is not None:
            items.append({"Delete": {**table, "Key": _member_key(before), **seen}})
        if witness is not None:
            items.append({"ConditionCheck": {**table, "Key": _member_key(witness), **_in_role(witness)}})
        with aws_errors({"ConditionalCheckFailed": ConcurrentUpdateError}):
            self._client.transact_write_items(TransactItems=items)

    def _put(self, fields: dict[str, Any]) -> None:
        with aws_errors():
            self._client.put_item(TableName=self._table, Item=to_item(fields))


def _of_membership(membership: Membership) -> dict[str, str]:
    return {
        "pk": f"PROJECT#{membership.project}",
        "sk": f"MEMBER#{membership.person.id}",
        "gsi1pk": f"PERSON#{membership.person.id}",
        "gsi1sk": f"PROJECT#{membership.project}",
        "project": membership.project,
        "projectName": membership.project_name,
        "role": membership.role.value,
        **_of_person(membership.person),
    }


def _member_key(membership: Membership) -> Item:
    return key(f"PROJECT#{membership.project}", f"MEMBER#{membership.person.id}")


def _in_role(membership: Membership) -> dict[str, Any]:
    """Give the condition that the membership's row is there and has its role."""
    return {
        "ConditionExpression": "#role = :role",
        "ExpressionAttributeNames": names("role"),
        "ExpressionAttributeValues": to_item({":role": membership.role.value}),
    }


def _of_person(person: Person) -> dict[str, str]:
    return {"person": person.id, "email": person.email, "name": person.name}


def _person(row: dict[str, Any]) -> Person:
    return Person(id=row["person"], email=row["email"], name=row["name"])


def _membership(row: dict[str, Any]) -> Membership:
    return Membership(
        project=row["project"], project_name=row["projectName"], person=_person(row), role=Role(row["role"])
    )


def _project(row: dict[str, Any]) -> Project:
    """Give the project; a row that is older than a field has the field's default."""
    fields = {
        name: row[field.alias or name]
        for name, field in Project.model_fields.items()
        if name != "id" and (field.is_required() or (field.alias or name) in row)
    }
    if "mandatory_tags" in fields:
        fields["mandatory_tags"] = tuple(sorted(fields["mandatory_tags"]))
    if RECONCILE in fields:
        fields[RECONCILE] = json.loads(fields[RECONCILE])
    return Project.model_validate({"id": row["project"], **fields})
