"""The simulation's table is DynamoDB's: on every expression of ours, it accepts, refuses and writes what moto does."""

import contextlib
import copy
import itertools
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from stowage.domain.errors import LockLostError
from tests.simulation.asl_values import evaluate
from tests.simulation.dynamodb import Table
from tests.simulation.dynamodb_expressions import UnknownExpressionError, condition, update
from tests.simulation.executions import rendered
from tests.simulation.lock_writes import CURRENT, FREE, MINE, NONE, OLD, OTHERS, ROW, Writes
from tests.simulation.names import play_of
from tests.simulation.scenarios import SCENARIOS

KEYS = ("pk", "sk", "gsi1pk", "gsi1sk")


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    """Give moto's DynamoDB, with the table that template.yaml declares."""
    with pytest.MonkeyPatch.context() as patching:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patching.setenv(name, "testing")
        patching.delenv("AWS_ENDPOINT_URL", raising=False)
        with mock_aws():
            client = boto3.client("dynamodb", region_name="eu-west-1")
            client.create_table(
                TableName="stowage",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in KEYS],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                GlobalSecondaryIndexes=[
                    {
                        "IndexName": "by_owner",
                        "KeySchema": [
                            {"AttributeName": "gsi1pk", "KeyType": "HASH"},
                            {"AttributeName": "gsi1sk", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            )
            yield client


class Both:
    """Makes each call of both tables, and asserts that they answer alike and hold the same."""

    def __init__(self, moto: Any, ours: Table | None = None, plain: Any = Table.call) -> None:
        self.moto, self.ours, self.plain, self.calls = moto, ours or Table(), plain, 0
        for row in moto.scan(TableName="stowage")["Items"]:
            moto.delete_item(TableName="stowage", Key={name: row[name] for name in ("pk", "sk")})

    def call(self, operation: str, arguments: dict[str, Any], as_of: float | None = None) -> dict[str, Any]:
        """Make the call as `Table.call` does."""
        assert as_of is None
        self.calls += 1
        wanted = _outcome(lambda: getattr(self.moto, operation)(**copy.deepcopy(arguments)))
        given = _outcome(lambda: self.plain(self.ours, operation, copy.deepcopy(arguments)))
        assert given == wanted, (operation, arguments)
        rows = {(row["pk"]["S"], row["sk"]["S"]): row for row in self.moto.scan(TableName="stowage")["Items"]}
        assert _sets_sorted(self.ours.rows) == _sets_sorted(rows)
        if isinstance(given, ClientError):
            raise given
        answer: dict[str, Any] = given[1]
        return answer


class _RefusedError(ClientError):
    """A refusal, equal to another of the same code and the same reasons."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _RefusedError) and _codes(self) == _codes(other)

    __hash__ = None  # type: ignore[assignment]


def _codes(error: ClientError) -> tuple[Any, ...]:
    response: Any = error.response
    return response["Error"]["Code"], tuple(reason["Code"] for reason in response.get("CancellationReasons", []))


def _outcome(make: Any) -> Any:
    try:
        answer = make()
    except ClientError as error:
        return _RefusedError(error.response, error.operation_name)
    kept = {name: value for name, value in answer.items() if name in {"Item", "Attributes", "Items", "Count"}}
    return "answer", _sets_sorted(kept)


def _sets_sorted(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: sorted(value) if name == "SS" else _sets_sorted(value) for name, value in node.items()}
    return [_sets_sorted(value) for value in node] if isinstance(node, list) else node


@pytest.mark.parametrize("at", ["acquire", "token", "finish", "release", "submit", "sweep"])
def test_the_locks_writes_are_accepted_and_refused_as_by_moto(at: str, moto: Any) -> None:
    """Each write of the lock: on a row that is missing, free, its own, another's; under its fence, an old one, none."""
    for exists, holder, fence in itertools.product((False, True), (FREE, MINE, OTHERS), (NONE, CURRENT, OLD)):
        writes = Writes()
        writes._lay(exists=exists, holder=holder)
        row = writes._table.rows.get(ROW)
        both = Both(moto)
        if row is not None:
            both.call("put_item", {"TableName": "stowage", "Item": row})
        writes._table.call = both.call  # type: ignore[method-assign]
        with contextlib.suppress(ClientError, LockLostError):
            writes._make(at, {NONE: 0, CURRENT: 7, OLD: 5}[fence])
        assert both.calls


@pytest.mark.parametrize("name", ["create", "update", "delete", "refused", "update aborted"])
def test_a_whole_change_reads_and_writes_as_on_moto(name: str, moto: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call of the table that a change makes, its listener's too, has moto's answer and leaves moto's rows."""
    plain = Table.call
    both: list[Both] = []

    def call(self: Table, operation: str, arguments: dict[str, Any], as_of: float | None = None) -> dict[str, Any]:
        if not self.watchers:  # a given, laid before the play begins
            return plain(self, operation, arguments, as_of)
        if not both:
            both.append(Both(moto, self, plain))
            for row in self.rows.values():
                moto.put_item(TableName="stowage", Item=row)
        return both[0].call(operation, arguments)

    monkeypatch.setattr(Table, "call", call)

    played = play_of(f"PLAY='{name}'").run()

    assert both[0].calls > 20
    assert (played.outcomes(), played.broken) == (SCENARIOS[name][1], [])


@pytest.mark.parametrize(
    "text",
    ["size(#a) > :b", "#a IN (:b)", "contains(#a, :b)", "attribute_type(#a, :b)", "#a = :b OR", "#a[0] = :b", "#a"],
)
def test_a_condition_that_is_not_known_is_refused(text: str) -> None:
    """A construct that nothing has held to moto is an error here, never a guess."""
    with pytest.raises(UnknownExpressionError):
        condition(text)


@pytest.mark.parametrize("text", ["DELETE #a :b", "SET #a = list_append(#a, :b)", "SET #a = #b - :c", "SET #a"])
def test_an_update_that_is_not_known_is_refused(text: str) -> None:
    """As above."""
    with pytest.raises(UnknownExpressionError):
        update(text)({}, {"#a": "a", "#b": "b"}, {":b": {"N": "1"}, ":c": {"N": "1"}})


def test_a_placeholder_that_is_not_used_is_refused() -> None:
    """DynamoDB refuses a call that defines more than it uses; a mutant must not pass by it."""
    arguments = evaluate(
        rendered()["States"]["ReleaseLock"]["Arguments"],
        {"context": {"Execution": {"Input": {"project": "p", "kind": "k", "name": "n", "change": "c"}}}},
        {"fence": 1},
    )
    arguments["ConditionExpression"] = "#lock.#change = :change"

    with pytest.raises(ClientError, match="unused"):
        Table().call("update_item", arguments)
