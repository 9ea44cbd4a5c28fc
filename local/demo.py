"""`make demo`: the main job against a running `make run`, step by step, with timings."""

import secrets
import sys
import time

import httpx
from botocore.exceptions import BotoCoreError

from local.client import Message, Session
from local.demo_credentials import play_credentials
from local.demo_steps import OWNER, PROJECT, DemoError, expect, outcome, step
from local.endpoints import Endpoints
from local.run import ENDPOINTS


def story(session: Session, change: str) -> str:
    """Tell a change's entered states, as Step Functions recorded them."""
    return " → ".join(state["name"] for state in session.wait_for_change(PROJECT, change)["states"])


def play(endpoints: Endpoints) -> None:
    """Play the main job with two managers and an auditor."""
    name = f"demo-{secrets.token_hex(4)}"
    bucket = f"projects/{PROJECT}/buckets/{name}"
    unlucky = f"projects/{PROJECT}/buckets/fail-create-once-{secrets.token_hex(4)}"
    with step("Anna and Ben sign in"):
        anna, ben = Session(endpoints, "anna@example.com"), Session(endpoints, "ben@example.com")
    with anna, ben, Session(endpoints, "aude@example.com") as aude, ben.listen(PROJECT) as screen:
        with step(f"Anna asks for the bucket {name}; Ben's page sees it stand"):
            created = expect(anna.http.put(bucket, json={**OWNER, "description": "Played by make demo"}), 202)
            outcome(screen, created, "SUCCEEDED")
        print(f"      {story(anna, created['change']['id'])}")
        with step("Ben reads the list"):
            page = expect(ben.http.get(f"projects/{PROJECT}/resources"), 200)
        print(f"      {len(page['items'])} resources, seq {page['seq']}")
        with step("Aude, who audits, may look but not write"):
            expect(aude.http.get(bucket), 200)
            expect(aude.http.put(bucket, json=OWNER), 403)
        with step("Anna changes it; Ben, in between, is told who holds it (409)"):
            updated = expect(anna.http.put(bucket, json={**OWNER, "lifecycleDays": 30}), 202)
            refused = _until_locked(ben, bucket)
            outcome(screen, updated, "SUCCEEDED")
        print(f"      {refused['detail']}")
        with step("Ben saves over a version that he saw before Anna's change (412)"):
            expect(ben.http.put(bucket, json=OWNER, headers={"If-Match": '"1"'}), 412)
        with step("another bucket fails to be created; CloudFormation rolls it back"):
            failed = expect(anna.http.put(unlucky, json=OWNER), 202)
            change = outcome(screen, failed, "CREATE_FAILED")
        print(f"      {change['cause']}")
        with step("Anna asks again, and it stands"):
            outcome(screen, expect(anna.http.put(unlucky, json=OWNER), 202), "SUCCEEDED")
        with step("both are deleted"):
            for path in (bucket, unlucky):
                outcome(screen, expect(anna.http.delete(path), 202), "SUCCEEDED")
            expect(anna.http.get(bucket), 404)
        play_credentials(endpoints, anna, screen)


def _until_locked(session: Session, bucket: str) -> Message:
    """Ask until the API's look at the mirror shows the other's lock; give the refusal."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        # A precondition that nothing meets: were the lock not seen yet, this would be refused as well.
        answer = session.http.put(bucket, json=OWNER, headers={"If-None-Match": "*"})
        if answer.status_code == httpx.codes.CONFLICT:
            body: Message = answer.json()
            return body
        time.sleep(0.02)
    raise DemoError("Ben was never told that Anna's change holds the bucket.")


def main() -> int:
    """Play; give 1 and one sentence when something is otherwise than promised."""
    try:
        endpoints = Endpoints.read(ENDPOINTS)
    except FileNotFoundError:
        print("stowage: nothing runs here: start `make run` in another terminal first.", file=sys.stderr)
        return 1
    began = time.monotonic()
    try:
        play(endpoints)
    except (DemoError, TimeoutError, httpx.HTTPError, BotoCoreError) as error:
        print(f"stowage: the demo stopped: {error}", file=sys.stderr)
        print("stowage: does `make run` still run? Its terminal tells.", file=sys.stderr)
        return 1
    print(f"\nThe main job, whole, in {time.monotonic() - began:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
