"""Ids, fingerprints and inputs of changes."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stowage.domain.changes import Action, ChangeRequest, canonical_json, change_id, request_fingerprint


def test_an_idempotency_key_gives_a_person_one_change_id_and_another_person_another() -> None:
    """The id is a function of person and key, and of nothing else."""
    assert change_id("ann", "key") == change_id("ann", "key")
    assert change_id("ann", "key") != change_id("ben", "key")
    assert change_id("ann", "key") != change_id("ann", "yek")


def test_person_and_key_cannot_be_shifted_into_each_other() -> None:
    """Joining the two is injective: "a" + "bc" is not "ab" + "c"."""
    assert change_id("a", "bc") != change_id("ab", "c")


def test_without_a_key_every_change_has_an_id_of_its_own() -> None:
    """A hundred ids are a hundred ids."""
    assert len({change_id("ann", None) for _ in range(100)}) == 100


@given(st.text(min_size=1), st.one_of(st.none(), st.text(min_size=1)))
def test_a_change_id_is_a_legal_execution_name(person: str, key: str | None) -> None:
    """At most 80 letters, digits and hyphens, whatever the key holds."""
    made = change_id(person.encode("utf-8", "ignore").decode(), key and key.encode("utf-8", "ignore").decode())
    assert len(made) <= 80
    assert set(made) <= set(string.ascii_lowercase + string.digits + "-")


@pytest.mark.parametrize(
    "other",
    [
        {"resource": ("beta", "bucket", "logs")},
        {"resource": ("atlas", "user", "logs")},
        {"resource": ("atlas", "bucket", "gols")},
        {"verb": "delete"},
        {"spec": {"owner": "b"}},
        {"if_match": '"2"'},
    ],
)
def test_a_fingerprint_tells_every_part_of_a_request_apart(other: dict[str, Any]) -> None:
    """Whatever differs in the request differs in the fingerprint."""
    same: dict[str, Any] = {
        "resource": ("atlas", "bucket", "logs"),
        "verb": "put",
        "spec": {"owner": "a"},
        "if_match": None,
    }

    def of(parts: dict[str, Any]) -> str:
        return request_fingerprint(parts.pop("resource"), **parts)

    assert of({**same}) == of({**same})
    assert of({**same}) != of({**same, **other})


def test_equal_requests_give_byte_identical_inputs() -> None:
    """StartExecution is idempotent only for an identical input, whatever order the spec's keys came in."""

    def request(spec: dict[str, Any]) -> ChangeRequest:
        return ChangeRequest(
            change="chg-1", project="atlas", kind="bucket", name="logs", action=Action.CREATE,
            spec=spec, expected_version=0, version=1, actor="a@example.com", actor_id="sub", request="f",
        )  # fmt: skip

    assert request({"a": 1, "b": 2}).to_input() == request({"b": 2, "a": 1}).to_input()


def test_a_number_that_json_does_not_know_is_refused() -> None:
    """NaN has no JSON form, so it has no canonical one."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"n": float("nan")})
