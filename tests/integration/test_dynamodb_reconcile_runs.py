"""Rows of reconcile's runs, on moto."""

from datetime import datetime
from typing import Any

from stowage.adapters.dynamodb.reconcile_runs import DynamoReconcileRuns
from stowage.domain.findings import RUNS_KEPT_DAYS, Findings
from tests.integration.conftest import TABLE


def found(number: int) -> Findings:
    """Give the findings of a run."""
    return Findings(stacks=number, verified_at=None, tried_at=f"2026-11-23T09:{number:02}:30.000Z", cause="Why.")


def test_runs_come_back_newest_first_and_a_repeat_is_the_same_run(dynamodb: Any) -> None:
    """By project, as far as asked for."""
    runs = DynamoReconcileRuns(dynamodb, TABLE)
    for number in (1, 3, 2, 2):
        runs.keep("apollo", found(number), begun_at=f"2026-11-23T09:{number:02}:00.000Z")
    runs.keep("gemini", found(4), begun_at=None)

    assert runs.list_newest("apollo", limit=10) == (found(3), found(2), found(1))
    assert runs.list_newest("apollo", limit=1) == (found(3),)
    assert runs.list_newest("gemini", limit=10) == (found(4),)


def test_runs_go_by_themselves(dynamodb: Any) -> None:
    """The list is bounded: DynamoDB deletes what is past."""
    DynamoReconcileRuns(dynamodb, TABLE).keep("apollo", found(1), begun_at=None)

    [row] = dynamodb.scan(TableName=TABLE)["Items"]
    lives = int(row["expiresAt"]["N"]) - datetime.fromisoformat(found(1).tried_at).timestamp()
    assert lives == RUNS_KEPT_DAYS * 24 * 60 * 60
