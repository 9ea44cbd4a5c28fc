"""Rows of sockets and their subscriptions."""

from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import names, to_item, to_value
from stowage.adapters.dynamodb.table import get_row, key, query_rows
from stowage.domain.clock import to_iso
from stowage.domain.errors import ConcurrentUpdateError, InvalidRequestError, SocketGoneError
from stowage.domain.ports import PROJECTS_PER_SOCKET, Clock, Subscriber

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

SOCKET = "SOCKET"


class DynamoSockets:
    """The port `Sockets` on the table; a socket's row and its subscriptions change together or not at all."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def add(self, connection: str, person: str, *, expires_at: int) -> None:
        """Remember a connection; `expires_at` is epoch seconds, after which DynamoDB may forget it."""
        row = {
            "pk": f"SOCKET#{connection}",
            "sk": SOCKET,
            "person": person,
            "connectedAt": to_iso(self._clock.now()),
            "expiresAt": expires_at,
        }
        with aws_errors():
            self._client.put_item(TableName=self._table, Item=to_item(row))

    def person_of(self, connection: str) -> str | None:
        """Tell who is behind a connection, or None when it is unknown."""
        row = get_row(self._client, self._table, f"SOCKET#{connection}", SOCKET)
        return None if row is None else str(row["person"])

    def subscribe(self, connection: str, person: str, projects: tuple[str, ...], *, expires_at: int) -> None:
        """Let a connection receive these projects' messages, in place of what it received before.

        Raises SocketGoneError when the connection is unknown, ConcurrentUpdateError when it is changing its
        subscriptions at this very moment, InvalidRequestError for more than PROJECTS_PER_SOCKET projects.
        """
        wanted = frozenset(projects)
        if len(wanted) > PROJECTS_PER_SOCKET:
            raise InvalidRequestError(f"A socket follows at most {PROJECTS_PER_SOCKET} projects.")
        row = get_row(self._client, self._table, f"SOCKET#{connection}", SOCKET)
        if row is None:
            raise SocketGoneError("This connection is not known.")
        before = row.get("projects", frozenset())
        writes = [
            self._projects_update(connection, before=before, wanted=wanted),
            *(self._unsubscription(connection, project) for project in sorted(before - wanted)),
            *(self._subscription(connection, person, project, expires_at) for project in sorted(wanted)),
        ]
        # A connection that has closed since the row was read is told as such by the next attempt.
        with aws_errors({"ConditionalCheckFailed": ConcurrentUpdateError}):
            self._client.transact_write_items(TransactItems=writes)

    def subscribers(self, project: str) -> tuple[Subscriber, ...]:
        """Give the sockets subscribed to a project."""
        rows = query_rows(self._client, self._table, f"SUBSCRIBERS#{project}", "SOCKET#")
        return tuple(Subscriber(row["sk"].removeprefix("SOCKET#"), row["person"]) for row in rows)

    def remove(self, connection: str) -> None:
        """Forget a connection and its subscriptions; done also if it is unknown."""
        row = get_row(self._client, self._table, f"SOCKET#{connection}", SOCKET)
        if row is None:
            return
        writes: list[Any] = [
            {"Delete": {"TableName": self._table, "Key": key(f"SOCKET#{connection}", SOCKET)}},
            *(self._unsubscription(connection, project) for project in sorted(row.get("projects", frozenset()))),
        ]
        with aws_errors():
            self._client.transact_write_items(TransactItems=writes)

    def _projects_update(self, connection: str, *, before: frozenset[str], wanted: frozenset[str]) -> Any:  # noqa: ANN401
        """Give the write of the socket's own row, on condition that nobody changed it since it was read."""
        unchanged = "#projects = :before" if before else "attribute_not_exists(#projects)"
        values = {**({":before": to_value(before)} if before else {}), **({":now": to_value(wanted)} if wanted else {})}
        update = {
            "TableName": self._table,
            "Key": key(f"SOCKET#{connection}", SOCKET),
            "UpdateExpression": "SET #projects = :now" if wanted else "REMOVE #projects",
            "ConditionExpression": f"attribute_exists(pk) AND {unchanged}",
            "ExpressionAttributeNames": names("projects"),
            **({"ExpressionAttributeValues": values} if values else {}),
        }
        return {"Update": update}

    def _subscription(self, connection: str, person: str, project: str, expires_at: int) -> Any:  # noqa: ANN401
        row = {
            "pk": f"SUBSCRIBERS#{project}",
            "sk": f"SOCKET#{connection}",
            "person": person,
            "expiresAt": expires_at,
        }
        return {"Put": {"TableName": self._table, "Item": to_item(row)}}

    def _unsubscription(self, connection: str, project: str) -> Any:  # noqa: ANN401
        return {"Delete": {"TableName": self._table, "Key": key(f"SUBSCRIBERS#{project}", f"SOCKET#{connection}")}}
