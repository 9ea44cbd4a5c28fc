"""People at the HTTP API: its real handler, called as API Gateway calls it; clients repeat what got no answer."""

import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from stowage.adapters.dynamodb.items import from_item
from stowage.domain.next_actions import NextAction
from tests.simulation.executions import Executions
from tests.simulation.wiring import API, SETTINGS
from tests.simulation.world import BUCKET
from tests.unit.fakes.people import MANAGER

API_SECONDS = 29.0
REPEAT_SECONDS = 4.0
REPEATS = 30
CONFIRMED = (NextAction.EMPTY_AND_DELETE.value, NextAction.RETAIN.value)
"""Actions that take the resource's name once more."""
NO_ANSWERS = frozenset({0, 500, 503})
"""What a client repeats: nothing came, or "not now"."""
ACTIONS = tuple(
    each.value for each in NextAction if each not in {NextAction.UPDATE, NextAction.DELETE, NextAction.STOP}
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: "put", "delete", "stop", or an action's word, on a resource, at a time.

    `clients` send it at once, all with the same Idempotency-Key or, if `keys` is false, each with one of its own.
    """

    seconds: float
    verb: str
    name: str
    clients: int = 1
    keys: bool = True


@dataclass(frozen=True, slots=True)
class Answered:
    """What a client was answered in the end; status 0: nothing, however often it asked. `key` is what it repeated."""

    verb: str
    key: str
    status: int
    change: str | None
    holder: str | None = None
    """The change whose lock it was refused for."""


@dataclass
class People:
    """Who asks in a world; `answers` are in the order in which they came."""

    executions: Executions
    spec_of: Any
    answers: list[Answered] = field(default_factory=list)

    def ask(self, number: int, ask: Ask) -> None:
        """Let each client send its request, within a second."""
        world = self.executions.world
        for client in range(ask.clients):
            key = f"key-{number}" if ask.keys else f"key-{number}-{client}"
            delay = world.random.random() if ask.clients > 1 else 0.0
            label = f"ask-{number}-{client}"
            world.timeline.after(delay, partial(self._send, ask, label, key, number, REPEATS))

    def _send(self, ask: Ask, label: str, key: str, number: int, repeats: int) -> None:
        world = self.executions.world

        def again(status: int, change: str | None) -> None:
            if repeats:
                world.timeline.after(REPEAT_SECONDS, partial(self._send, ask, label, key, number, repeats - 1))
            else:
                self.answers.append(Answered(ask.verb, key, status, change))

        def answered(value: Any, error: BaseException | None) -> None:
            status = 0 if error is not None else int(value["statusCode"])
            body = json.loads(value["body"]) if status else {}
            change = body["change"]["id"] if status == 202 else None
            world.note(f"{label} ({ask.verb} {ask.name}) is answered {status} {body.get('detail') or change or ''}")
            problem = str(body.get("type", "")).rpartition("/")[2]
            waits = problem == "concurrent-update" or (problem == "locked" and ask.clients == 1)
            if status in NO_ANSWERS or waits:
                again(status, change)
            else:
                holder = body.get("lock", {}).get("change")
                self.answers.append(Answered(ask.verb, key, status, change, holder))

        path = self._path(ask)
        if path is None:
            again(404, None)
            return
        world.invoke(API, label, self._event(ask, path, key, number), answered, seconds=API_SECONDS)

    def _path(self, ask: Ask) -> tuple[str, str] | None:
        base = f"/v1/projects/{self.executions.world.project.id}"
        if ask.verb in {"put", "delete"}:
            return ask.verb.upper(), f"{base}/buckets/{ask.name}"
        if ask.verb == "stop":
            change = self._change_of(ask.name)
            return None if change is None else ("POST", f"{base}/changes/{change}/stop")
        return "POST", f"{base}/buckets/{ask.name}/actions/{ask.verb}"

    def _change_of(self, name: str) -> str | None:
        """Give the change that a page shows as running: the lock's holder, or the newest that was begun."""
        world = self.executions.world
        row = world.table.rows.get((f"RESOURCES#{world.project.id}", f"RESOURCE#{BUCKET}#{name}"))
        held = from_item(row or {}).get("lock")
        if held is not None:
            return str(held["change"])
        begun = [each for each, made in self.executions.by_name.items() if made.run.given["name"] == name]
        return begun[-1] if begun else None

    def _event(self, ask: Ask, path: tuple[str, str], key: str, number: int) -> dict[str, Any]:
        method, raw = path
        confirmed = {verb: {"confirm": ask.name} for verb in CONFIRMED}
        body = {"put": self.spec_of(number), **confirmed}.get(ask.verb)
        headers = {"content-type": "application/json"} if body is not None else {}
        claims = {
            "sub": MANAGER.id,
            "token_use": "access",
            "client_id": SETTINGS.user_pool_client_id,
            "iss": SETTINGS.user_pool_issuer,
        }
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": raw,
            "rawQueryString": "",
            "headers": headers if ask.verb == "stop" else {**headers, "idempotency-key": key},
            "requestContext": {
                "http": {"method": method, "path": raw, "sourceIp": "192.0.2.1", "userAgent": "simulation"},
                "authorizer": {"jwt": {"claims": claims, "scopes": None}},
                "requestId": f"request-{number}",
                "stage": "$default",
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }


def judge_answers(answers: list[Answered], executions: Executions) -> list[str]:
    """Give what is wrong with what people were told: a change that there is not, two answers to one key."""
    broken = []
    began = {answer.key: answer.change for answer in answers if answer.change is not None}
    for answer in answers:
        if answer.change is not None and answer.change not in executions.by_name:
            broken.append(f"{answer.verb} was answered with {answer.change}, which never began")
        first = began.get(answer.key)
        if answer.verb == "stop" or first is None:
            continue
        if answer.change not in {first, None}:
            broken.append(f"one key was answered with {first} and with {answer.change}")
        if answer.holder == first:
            broken.append(f"{answer.key} was refused for the lock of its own change {first}")
    return broken
