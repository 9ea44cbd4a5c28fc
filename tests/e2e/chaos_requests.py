"""What is asked for in a storm: creations, updates with rivals and deletions of buckets, as chance has it."""

import contextlib
import random
import time
from dataclasses import dataclass
from typing import Any

import httpx

from local.client import Session

ANSWER_SECONDS = 600.0
"""No promise: how long a busy machine may take."""
SPEC = {"owner": "anna@example.com", "costCentre": "CC-1", "dataClass": "internal"}
ACTIONS = ("create", "update", "create", "update", "delete")
TROUBLE = ("", "", "", "", "fail-{action}-")
"""How names begin: one in five asks for an operation that fails (docs/rehearsals.md)."""
RIVALS = 0.5
"""The share of updates that two people ask for at once: one of them at most may get through."""


@dataclass(frozen=True)
class Wish:
    """A change that somebody asks for; `key` is its Idempotency-Key, so that an answer lost is asked for again."""

    action: str
    project: str
    name: str
    key: str
    spec: dict[str, Any]

    def ask(self, session: Session) -> str | None:
        """Ask until there is an answer; give the change's id, or None where the lock or the version refused it."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = self._send(session)
                if answer.status_code == httpx.codes.ACCEPTED:
                    return str(answer.json()["change"]["id"])
                if answer.status_code in {httpx.codes.CONFLICT, httpx.codes.PRECONDITION_FAILED}:
                    return None
                if answer.status_code != httpx.codes.TOO_MANY_REQUESTS and not answer.is_server_error:
                    raise AssertionError(f"{self.action} of {self.name}: {answer.status_code} {answer.text}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.action} of {self.name} has no answer after {ANSWER_SECONDS:.0f} s")
            time.sleep(0.2)

    def _send(self, session: Session) -> httpx.Response:
        path = f"projects/{self.project}/buckets/{self.name}"
        headers = {"Idempotency-Key": self.key}
        if self.action == "delete":
            return session.http.delete(path, headers=headers)
        if self.action == "update":
            headers["If-Match"] = '"1"'
        return session.http.put(path, json=self.spec, headers=headers)


def draw(chance: random.Random, changes: int, projects: list[str]) -> list[Wish]:
    """Give so many changes of as many buckets, half of the updates followed by a rival's, in an order of chance."""
    wishes: list[tuple[Wish, ...]] = []
    for number in range(changes):
        action = ACTIONS[number % len(ACTIONS)]
        trouble = chance.choice(TROUBLE).format(action=action)
        name = f"{trouble}storm-{number}-{chance.randbytes(4).hex()}"
        project, spec = chance.choice(projects), {**SPEC, "lifecycleDays": 30 + number}
        wish = Wish(action, project, name, f"{name}-{action}", spec)
        rival = Wish(action, project, name, f"{name}-rival", {**spec, "lifecycleDays": 900})
        wishes.append((wish, rival) if action == "update" and chance.random() < RIVALS else (wish,))
    chance.shuffle(wishes)
    return [wish for together in wishes for wish in together]


def befores(wishes: list[Wish]) -> list[Wish]:
    """Give the creations of all that is to be changed or deleted."""
    standing = sorted({(it.project, it.name) for it in wishes if it.action != "create"})
    return [Wish("create", project, name, f"{name}-before", SPEC) for project, name in standing]


def lasts(chance: random.Random, projects: list[str]) -> list[Wish]:
    """Give a creation for each project that takes long enough for it to be stopped halfway (docs/rehearsals.md)."""
    names = [(project, f"slow-15-storm-{chance.randbytes(4).hex()}") for project in projects]
    return [Wish("create", project, name, f"{name}-create", SPEC) for project, name in names]
