"""How the demo tells its steps, and stops when something is otherwise than promised."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from local.client import Listener, Message

PROJECT = "atlas"
OWNER = {"owner": "anna@example.com", "costCentre": "CC-1234"}
"""What every kind demands."""
BUCKET = {**OWNER, "dataClass": "internal"}


class DemoError(Exception):
    """Something went otherwise than a user may expect; the text says what."""


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print what is done, and how long it took; of a failure, that it was this step."""
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"  {what:<74}  FAILED after {time.monotonic() - began:.2f} s", flush=True)
        raise
    print(f"  {what:<74} {time.monotonic() - began:7.2f} s", flush=True)


def expect(answer: httpx.Response, status: int) -> Message:
    """Give the answer's JSON. Raises DemoError if its status is another."""
    if answer.status_code != status:
        raise DemoError(f"{answer.request.method} {answer.request.url} gave {answer.status_code}: {answer.text}")
    body: Message = answer.json()
    return body


def outcome(listener: Listener, accepted: Message, wanted: str) -> Message:
    """Wait for a change's end on the socket. Raises DemoError if it ended otherwise."""
    change: Message = listener.wait_for_end(accepted["change"]["id"])["change"]
    if change["outcome"] != wanted:
        raise DemoError(f"the change ended {change['outcome']} instead of {wanted}: {change['cause']}")
    return change
