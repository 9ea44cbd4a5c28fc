"""No secret is left anywhere: the scan that runs after every other end-to-end test of the session."""

import base64
import json
import secrets
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.client import Listener, Session
from local.endpoints import Endpoints
from local.third_party import client_of, reveal, token_of
from tests.e2e import canary, credentials
from tests.e2e.conftest import Aws
from tests.e2e.credentials import OWNER, grant, hand_over, new_name, open_handover, put
from tests.e2e.test_rotation import wait_until

pytestmark = pytest.mark.e2e

PLACES = {
    "table row",
    "execution",
    "execution history",
    "log",
    "stack event",
    "stack (outputs, parameters)",
    "template",
    "socket message",
    "HTTP answer",
}
"""Where the user's name must be found, or the scan would not have read what it claims to."""


@pytest.fixture
def sockets(endpoints: Endpoints) -> Iterator[list[Listener]]:
    """An open page of every person in every project of theirs."""
    with ExitStack() as stack:
        listeners = []
        for person in endpoints.people:
            session = stack.enter_context(Session(endpoints, person.email))
            listeners.append(stack.enter_context(session.listen(*person.projects)))
        yield listeners


@dataclass
class Life:
    """What two users lived through: their names, what must be hidden, and what people were told meanwhile."""

    user: str
    unopened: str
    hidden: dict[str, str]
    answers: list[Any]
    sockets: list[Listener]


@pytest.fixture
def life(anna: Session, endpoints: Endpoints, sockets: list[Listener]) -> Life:
    """Two users from creation over handover and rotation to deletion, with canaries in everything that is secret."""
    bucket, user, unopened = (new_name("canary") for _ in range(3))
    passphrase, wrong = (f"{what} {secrets.token_hex(12)}" for what in ("passphrase", "wrong"))
    put(anna, f"buckets/{bucket}", OWNER)
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(bucket, "list", "read", "write")]})
    made = hand_over(anna, user, passphrase=passphrase)
    reveal(endpoints, made, passphrase=wrong)
    opened = open_handover(endpoints, made, passphrase)
    reveal(endpoints, made, passphrase=wrong)
    client_of(endpoints, opened).put_object(Bucket=bucket, Key="a", Body=b"a")
    wait_until(anna, user, lambda it: it["rotation"] is None, "at rest")
    rotation = anna.http.post(f"projects/atlas/users/{user}/rotations", json={})
    assert rotation.status_code == httpx.codes.ACCEPTED, rotation.text
    renewed = hand_over(anna, user)
    open_handover(endpoints, renewed)
    put(anna, f"users/{unopened}", {**OWNER, "grants": [grant(bucket, "read")]})
    never = hand_over(anna, unopened)
    user_path = f"projects/atlas/users/{user}"
    answers = [
        anna.http.get(path).json()
        for path in (
            user_path,
            f"{user_path}/credentials",
            f"{user_path}/handovers",
            "projects/atlas/resources",
            "projects/atlas/changes",
            "projects/atlas/notices",
        )
    ]
    credentials.delete(anna, f"users/{unopened}")
    tokens = {"a used token": made, "another used token": renewed, "an unused token": never}
    hidden = {"a passphrase": passphrase, "a wrong passphrase": wrong}
    hidden |= {what: token_of(handover) for what, handover in tokens.items()}
    return Life(user, unopened, hidden, answers, sockets)


def test_no_secret_is_found_anywhere_but_in_the_answer_that_reveals_it(
    life: Life, endpoints: Endpoints, aws: Aws, state_dir: Path, tell_figure: Callable[[str], None]
) -> None:
    """After a whole session everything is read: each secret that was revealed, raw, base64, URL- and JSON-escaped."""
    hidden = life.hidden | {f"the secret of {it['accessKeyId']}": it["secretAccessKey"] for it in credentials.REVEALED}
    needles = {form: what for what, secret in hidden.items() for form in canary.disguises(secret)}
    scan = canary.Scan(needles, (life.user.encode(),))
    canary.scan_everything(scan, endpoints, aws, state_dir)
    for listener in life.sockets:
        for message in listener.received:
            scan.read("socket message", message["type"], message)
    for answer in life.answers:
        scan.read("HTTP answer", "", answer)

    searched = ", ".join(f"{count} {kind}" for kind, count in sorted(scan.places.items()))
    tell_figure(
        f"canary scan: {len(hidden)} secrets in {len(needles)} forms, {scan.bytes_read:,} bytes in "
        f"{sum(scan.places.values())} places: {searched}"
    )
    assert scan.found == []
    assert scan.controlled >= PLACES, PLACES - scan.controlled
    stored = [it["Name"] for it in canary.pages(aws("secretsmanager", "111111111111"), "list_secrets", "SecretList")]
    assert not [name for name in stored if life.unopened in name]


def test_the_scan_finds_a_secret_in_each_disguise() -> None:
    """Broken on purpose: a text with the secret in it, in each form, is found."""
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"  # AWS's own example, of no account
    plain = f'{{"SecretAccessKey": "{secret}"}}'
    texts = [plain, urllib.parse.quote(plain), json.dumps(plain), json.dumps(plain).replace("/", "\\/")]
    texts += [base64.b64encode((" " * n + plain).encode()).decode() for n in range(3)]
    texts += [base64.urlsafe_b64encode((" " * n + plain).encode()).decode() for n in range(3)]
    for text in texts:
        scan = canary.Scan(dict.fromkeys(canary.disguises(secret), "it"), ())
        scan.read("text", "", text.encode())
        assert scan.found, text
