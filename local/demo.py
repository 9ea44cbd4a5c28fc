"""`make demo`: the main job against a running `make run`, step by step, with timings."""

import secrets
import sys
import time

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from local.client import Listener, Message, Session
from local.demo_cleanup import Made, cleared_away
from local.demo_credentials import play_credentials
from local.demo_steps import BUCKET, PROJECT, DemoError, expect, outcome, step
from local.endpoints import Endpoints
from local.run import ENDPOINTS


def story(session: Session, change: str) -> str:
    """Tell a change's entered states, as Step Functions recorded them."""
    return " → ".join(state["name"] for state in session.wait_for_change(PROJECT, change)["states"])


def play(endpoints: Endpoints) -> None:
    """Play the main job with two managers and an auditor; clear away what was made, however it ends.

    Raises DemoError when something is otherwise than promised, and what the calls raise.
    """
    with step("Anna and Ben sign in"):
        anna, ben = Session(endpoints, "anna@example.com"), Session(endpoints, "ben@example.com")
    with (
        anna,
        ben,
        Session(endpoints, "aude@example.com") as aude,
        ben.listen(PROJECT) as screen,
        cleared_away(Made(endpoints, anna), lambda line: print(line, flush=True)) as made,
    ):
        _play_buckets(made, ben, aude, screen)
        play_credentials(made, screen)


def _play_buckets(made: Made, ben: Session, aude: Session, screen: Listener) -> None:
    anna = made.session
    name = f"demo-{secrets.token_hex(4)}"
    bucket = f"projects/{PROJECT}/buckets/{name}"
    unlucky = f"projects/{PROJECT}/buckets/fail-create-once-{secrets.token_hex(4)}"
    with step(f"Anna asks for the bucket {name}; Ben's page sees it stand"):
        created = made.ask(bucket, {**BUCKET, "description": "Played by make demo"})
        outcome(screen, created, "SUCCEEDED")
    print(f"      {story(anna, created['change']['id'])}")
    with step("Ben reads the list"):
        page = expect(ben.http.get(f"projects/{PROJECT}/resources"), 200)
    print(f"      {len(page['items'])} resources, seq {page['seq']}")
    with step("Aude, who audits, may look but not write"):
        expect(aude.http.get(bucket), 200)
        expect(aude.http.put(bucket, json=BUCKET), 403)
    with step("Anna changes it; Ben, in between, is told who holds it (409)"):
        updated = made.ask(bucket, {**BUCKET, "lifecycleDays": 30})
        refused = _until_locked(ben, bucket)
        outcome(screen, updated, "SUCCEEDED")
    print(f"      {refused['detail']}")
    with step("Ben saves over a version that he saw before Anna's change (412)"):
        expect(ben.http.put(bucket, json=BUCKET, headers={"If-Match": '"1"'}), 412)
    with step("another bucket fails to be created; CloudFormation rolls it back"):
        change = outcome(screen, made.ask(unlucky, BUCKET), "CREATE_FAILED")
    print(f"      {change['cause']}")
    with step("Anna asks again, and it stands"):
        made.make(screen, unlucky, BUCKET)
    with step("both are deleted"):
        for path in (bucket, unlucky):
            made.delete(screen, path)
        expect(anna.http.get(bucket), 404)


def _until_locked(session: Session, bucket: str) -> Message:
    """Ask until the API's look at the mirror shows the other's lock; give the refusal."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        # A precondition that nothing meets: were the lock not seen yet, this would be refused as well.
        answer = session.http.put(bucket, json=BUCKET, headers={"If-None-Match": "*"})
        if answer.status_code == httpx.codes.CONFLICT:
            body: Message = answer.json()
            return body
        time.sleep(0.02)
    raise DemoError("Ben was never told that Anna's change holds the bucket.")


def run(endpoints: Endpoints) -> int:
    """Play; give 1 and one sentence when something is otherwise than promised."""
    began = time.monotonic()
    try:
        play(endpoints)
    except (DemoError, TimeoutError, httpx.HTTPError, BotoCoreError, ClientError) as error:
        print(f"stowage: the demo stopped: {error}", file=sys.stderr)
        print("stowage: does `make run` still run? Its terminal tells.", file=sys.stderr)
        return 1
    print(f"\nThe main job, whole, in {time.monotonic() - began:.1f} s.")
    return 0


def main() -> int:
    """Play on what `make run` serves; give 1 and one sentence if it does not."""
    try:
        endpoints = Endpoints.read(ENDPOINTS)
    except FileNotFoundError:
        print("stowage: nothing runs here: start `make run` in another terminal first.", file=sys.stderr)
        return 1
    try:
        return run(endpoints)
    except KeyboardInterrupt:
        print("stowage: the demo was stopped.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
