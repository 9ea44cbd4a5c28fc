"""A project's account that refuses the hub: the change ends, says so, holds nothing, and has touched nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.client import Session
from local.endpoints import Endpoints
from tests.e2e.conftest import Aws
from tests.e2e.test_main_job import ATLAS, BOREALIS, SPEC, create, new_name

pytestmark = pytest.mark.e2e

Row = dict[str, dict[str, Any]]


def row_of(aws: Aws, endpoints: Endpoints, project: str) -> Row:
    """Give a project's row as the table holds it."""
    key = {"pk": {"S": f"PROJECT#{project}"}, "sk": {"S": "PROJECT"}}
    found: Row = aws("dynamodb").get_item(TableName=endpoints.table, Key=key, ConsistentRead=True)["Item"]
    return found


@contextmanager
def changed(aws: Aws, endpoints: Endpoints, **attributes: dict[str, Any]) -> Iterator[None]:
    """Change atlas's row for a while, as an operator's mistake would."""
    table, before = aws("dynamodb"), row_of(aws, endpoints, "atlas")
    table.put_item(TableName=endpoints.table, Item={**before, **attributes})
    try:
        yield
    finally:
        table.put_item(TableName=endpoints.table, Item=before)


def stacks(aws: Aws, account: str) -> set[str]:
    """Give the ids of all stacks of an account, deleted ones included."""
    pages = aws("cloudformation", account).get_paginator("list_stacks").paginate()
    return {stack["StackId"] for page in pages for stack in page["StackSummaries"]}


def _wrong_external_id(_: Row) -> Row:
    return {"externalId": {"S": "f" * 64}}


def _role_of_another_account(other: Row) -> Row:
    return {"deployRoleArn": other["deployRoleArn"]}


def _another_account(other: Row) -> Row:
    return {"account": other["account"]}


@pytest.mark.parametrize("mistake", [_wrong_external_id, _role_of_another_account, _another_account])
def test_a_project_that_refuses_the_hub_ends_the_change_and_keeps_its_account(
    anna: Session, aws: Aws, endpoints: Endpoints, mistake: Callable[[Row], Row]
) -> None:
    """A wrong external id, another account's role, another account: ACCESS_DENIED, no lock, no stack anywhere."""
    name = new_name()
    path = f"projects/atlas/buckets/{name}"
    before = {account: stacks(aws, account) for account in (ATLAS, BOREALIS)}

    with changed(aws, endpoints, **mistake(row_of(aws, endpoints, "borealis"))):
        change = anna.wait_for_change("atlas", anna.http.put(path, json=SPEC).json()["change"]["id"])
        row = anna.http.get(path).json()

    assert (change["status"], change["outcome"]) == ("FAILED", "ACCESS_DENIED")
    assert change["cause"]
    assert (row["status"], row["lock"], row["outcome"]) == ("CREATE_FAILED", None, "ACCESS_DENIED")
    assert {account: stacks(aws, account) for account in (ATLAS, BOREALIS)} == before
    create(anna, name)
