"""A plain client of a running local Stowage: sign in, call the API, listen to the socket."""

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from local.aws import client as aws_client
from local.endpoints import Endpoints

Message = dict[str, Any]


class Session:
    """A signed-in person."""

    def __init__(self, endpoints: Endpoints, email: str) -> None:
        """Sign in with the password of endpoints.json."""
        person = endpoints.person(email)
        answer = aws_client("cognito-idp", endpoints.aws).initiate_auth(
            ClientId=endpoints.client_id,
            AuthFlow=endpoints.test_sign_in,
            AuthParameters={"USERNAME": person.email, "PASSWORD": person.password},
        )
        self.tokens: dict[str, str] = answer["AuthenticationResult"]
        self.endpoints = endpoints
        self.http = httpx.Client(
            base_url=f"{endpoints.api}/v1/",
            headers={"Authorization": f"Bearer {self.tokens['AccessToken']}"},
            timeout=30.0,
        )

    def __enter__(self) -> Self:
        """Give the session."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the HTTP connections."""
        self.http.close()

    def listen(self, *projects: str) -> "Listener":
        """Open a socket that receives these projects' messages."""
        ticket = self.http.post("socket-tickets").raise_for_status().json()["ticket"]
        return Listener(f"{self.endpoints.socket}?ticket={ticket}", projects)

    def change(self, project: str, change: str) -> Message:
        """Read a change with its states."""
        answer: Message = self.http.get(f"projects/{project}/changes/{change}").raise_for_status().json()
        return answer

    def wait_for_change(self, project: str, change: str, seconds: float = 60.0) -> Message:
        """Read a change until it, and its last state, have ended. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.change(project, change)
            # The end is told a moment before the telling state itself is left.
            if found["status"] != "RUNNING" and all(state["status"] != "RUNNING" for state in found["states"]):
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"change {change} still runs after {seconds:.0f} s: {found}")
            time.sleep(0.1)


class Listener:
    """A subscribed socket that keeps what it received, with the time of arrival."""

    def __init__(self, url: str, projects: tuple[str, ...]) -> None:
        """Connect, subscribe and wait for the answer."""
        self._open = contextlib.ExitStack()
        self._socket = self._open.enter_context(connect(url, open_timeout=10))
        self._queue: queue.Queue[Message] = queue.Queue()
        self.received: list[Message] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.send({"action": "subscribe", "projects": list(projects)})
        self.hello = self.wait_for(lambda message: message["type"] in {"hello", "error"})

    def __enter__(self) -> Self:
        """Give the listener."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the socket."""
        self.close()

    def send(self, message: Message) -> None:
        """Send one message."""
        self._socket.send(json.dumps(message))

    def wait_for(self, wanted: Callable[[Message], bool], seconds: float = 30.0) -> Message:
        """Give the next message that is wanted, passing over others. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"no such message within {seconds:.0f} s; received: {self.received}") from None
            if wanted(message):
                return message

    def wait_for_end(self, change: str, seconds: float = 60.0) -> Message:
        """Give the message that tells a change's end."""
        return self.wait_for(
            lambda it: it["type"] == "change" and it["change"]["id"] == change and it["change"]["status"] != "RUNNING",
            seconds,
        )

    def close(self) -> None:
        """Close the socket and end its thread."""
        self._open.close()
        self._thread.join(5)

    def _read(self) -> None:
        try:
            for text in self._socket:
                message = json.loads(text)
                self.received.append(message)
                self._queue.put(message)
        except ConnectionClosed:
            return
