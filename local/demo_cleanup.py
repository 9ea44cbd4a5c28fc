"""What the demo has made, so that a demo that stops half-way leaves nothing behind, or says what it leaves."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from local.aws import client
from local.client import Listener, Message, Session
from local.demo_steps import PROJECT, expect, outcome
from local.endpoints import Endpoints

CLEAR_SECONDS = 90.0
NO_BUCKET = "NoSuchBucket"


@dataclass
class Made:
    """Makes and deletes resources for the demo, and remembers which still stand, oldest first."""

    endpoints: Endpoints
    session: Session
    paths: list[str] = field(default_factory=list)

    def ask(self, path: str, spec: Message) -> Message:
        """Ask for a resource; give what the API accepted. Raises DemoError."""
        if path not in self.paths:
            self.paths.append(path)
        return expect(self.session.http.put(path, json=spec), 202)

    def make(self, screen: Listener, path: str, spec: Message) -> None:
        """Make a resource and wait until it stands. Raises DemoError."""
        outcome(screen, self.ask(path, spec), "SUCCEEDED")

    def delete(self, screen: Listener, path: str) -> None:
        """Delete a resource and wait until it is gone; a bucket is emptied first. Raises DemoError."""
        self._empty(path)
        outcome(screen, expect(self.session.http.delete(path), 202), "SUCCEEDED")
        self.paths.remove(path)

    def clear(self, say: Callable[[str], None]) -> None:
        """Delete whatever still stands, the newest first; say what could not be deleted, and where it is."""
        if self.paths:
            say("  clearing away what the demo had made …")
        for path in reversed(list(self.paths)):
            try:
                self._clear(path)
                self.paths.remove(path)
            except (TimeoutError, httpx.HTTPError, BotoCoreError, ClientError) as error:
                say(f"stowage: left behind: {path} ({error}); delete it in the console: {self.endpoints.console}")

    def _clear(self, path: str) -> None:
        deadline = time.monotonic() + CLEAR_SECONDS
        while True:
            self._empty(path)
            answer = self.session.http.delete(path)
            if answer.status_code == httpx.codes.NOT_FOUND:
                return
            refusal = answer.text
            if answer.status_code == httpx.codes.ACCEPTED:
                ended = self.session.wait_for_change(PROJECT, answer.json()["change"]["id"])
                if ended["outcome"] == "SUCCEEDED":
                    return
                refusal = f"{ended['outcome']}: {ended['cause']}"
            if time.monotonic() > deadline:
                raise TimeoutError(refusal)
            time.sleep(0.5)  # a change, or a grant, still holds it

    def _empty(self, path: str) -> None:
        """Remove all versions of what the demo wrote, as the account's root."""
        _, _, kind, name = path.split("/")
        if kind != "buckets":
            return
        account = next(project.account for project in self.endpoints.projects if project.id == PROJECT)
        s3 = client("s3", self.endpoints.aws, account)
        try:
            for version in s3.list_object_versions(Bucket=name).get("Versions", []):
                s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
        except ClientError as error:
            if error.response["Error"]["Code"] != NO_BUCKET:
                raise


@contextmanager
def cleared_away(made: Made, say: Callable[[str], None]) -> Iterator[Made]:
    """Clear away what was made within, however that ends: a failure, or Ctrl-C."""
    try:
        yield made
    finally:
        made.clear(say)
