"""Outcomes as executions tell them."""

import pytest

from stowage.domain.outcomes import Outcome, outcome_of_success


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        ('{"outcome":"NO_CHANGE","stackId":null}', Outcome.NO_CHANGE),
        ('{"outcome":"SUCCEEDED","stackId":"arn:s"}', Outcome.SUCCEEDED),
        ('{"outcome":"CREATE_FAILED"}', Outcome.SUCCEEDED),
        ("[]", Outcome.SUCCEEDED),
        ("{", Outcome.SUCCEEDED),
        (None, Outcome.SUCCEEDED),
    ],
)
def test_a_success_is_a_success_whatever_its_output_says(output: str | None, outcome: Outcome) -> None:
    """Only NO_CHANGE tells more than the execution's status does."""
    assert outcome_of_success(output) is outcome
