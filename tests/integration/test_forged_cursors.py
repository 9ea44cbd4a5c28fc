"""Cursors that no list gave are a wrong request, whatever DynamoDB says; on botocore's stubber, for moto takes them."""

from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from stowage.adapters.dynamodb.changes import DynamoChanges
from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.domain.errors import InvalidRequestError, PermanentError
from stowage.domain.ports import ChangeFilter
from tests.integration.conftest import REGION, TABLE

OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"
TOO_LONG = (
    "One or more parameter values were invalid: Size of rangekey has exceeded the maximum size limit of1024 bytes"
)
SINCE = ChangeFilter(since="2026-11-01T00:00:00.000Z", until="2026-12-01T00:00:00.000Z")


@pytest.fixture
def refusing() -> Any:
    """Give a client that DynamoDB answers with ValidationExceptions."""
    client: Any = botocore.session.Session().create_client("dynamodb", region_name=REGION)
    with Stubber(client) as stub:
        for message in (OUTSIDE, TOO_LONG):
            stub.add_client_error("query", "ValidationException", message)
        yield client


def test_a_forged_place_in_the_changes_is_a_wrong_request(refusing: Any) -> None:
    """Outside of the asked time, or longer than a key may be."""
    changes = DynamoChanges(refusing, TABLE)
    for after in (f"2020-01-01T00:00:00.000Z#chg-{'0' * 32}", f"2026-11-02T00:00:00.000Z#{'x' * 2000}"):
        with pytest.raises(InvalidRequestError, match="is not one that this list gave"):
            changes.list_page("apollo", SINCE, limit=2, after=after)


def test_a_forged_place_in_the_resources_is_a_wrong_request(refusing: Any) -> None:
    """The same for the other list."""
    resources = DynamoResources(refusing, TABLE)
    for name in ("a", "x" * 2000):
        with pytest.raises(InvalidRequestError, match="is not one that this list gave"):
            resources.list_page("apollo", kind=None, limit=2, after=f"1|RESOURCE#bucket#{name}")


def test_a_sequence_number_that_no_number_is_that_long_is_a_wrong_request(refusing: Any) -> None:
    """Python reads no number of more than 4,300 digits, and DynamoDB has none of more than 38."""
    with pytest.raises(InvalidRequestError):
        DynamoResources(refusing, TABLE).list_page("apollo", kind=None, limit=2, after="9" * 5_000 + "|RESOURCE#a#b")


def test_a_query_of_our_own_that_dynamodb_refuses_is_our_defect(refusing: Any) -> None:
    """Without a client's cursor there is nobody else to blame."""
    for query in (
        lambda: DynamoChanges(refusing, TABLE).list_page("apollo", SINCE, limit=2, after=None),
        lambda: DynamoResources(refusing, TABLE).list_page("apollo", kind=None, limit=2, after=None),
    ):
        with pytest.raises(PermanentError) as error:
            query()
        assert not isinstance(error.value, InvalidRequestError)
