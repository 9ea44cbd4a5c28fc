"""What befalls a storm: executions stopped, processes of functions killed, and ends that nobody hears of."""

import contextlib
import json
import os
import random
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from local.aws import client
from local.endpoints import Endpoints
from tests.e2e.chaos_truth import Truth

STOPS, KILLS = 0.3, 0.8
"""How many executions are stopped and processes killed, for each change."""
PAUSES = (0.05, 0.5)
BUSY = 0.85
"""The share of kills that hit a process at work, where there is one; the others hit any."""
AIMED = 0.4
"""The share of kills that wait for an operation to begin, and hit the functions that may be beginning it."""
AIM_SECONDS = 1.0
BEGINNING_SECONDS = 0.1
SUBMITTING = "SubmitStackOperation"


class Blows:
    """Stops and kills in a local Stowage, as `chance` has it, and counts what was hit."""

    def __init__(self, endpoints: Endpoints, chance: random.Random) -> None:
        self.chance = chance
        self.truth = Truth(endpoints)
        self.cloud = endpoints.aws
        self.machine = endpoints.state_machines["change_resource"]
        self.states = client("stepfunctions", endpoints.aws)
        self.functions = client("lambda", endpoints.aws)
        self.stopped: set[str] = set()
        self.killed: Counter[str] = Counter()

    def fall(self, changes: int, still: Callable[[], bool]) -> None:
        """Stop and kill in an order of chance while there is anything to hit; the second half of it is unheard."""
        aimed = round(changes * KILLS * AIMED)
        kills = [self._kill] * (round(changes * KILLS) - aimed) + [self._kill_beginning] * aimed
        blows = [self._stop] * round(changes * STOPS) + kills
        self.chance.shuffle(blows)
        for number, blow in enumerate(blows):
            if not (still() or self.running()):
                break
            if number == len(blows) // 2:
                self.hear(ends=False)
            # Not for something to come about: the moment is to be anybody's.
            time.sleep(self.chance.uniform(*PAUSES))
            blow()
        self.hear(ends=False)

    def hear(self, *, ends: bool) -> None:
        """Let the listener of ended executions hear of them or not: what it does not hear waits in its queue."""
        pages = self.functions.get_paginator("list_event_source_mappings").paginate()
        listed = [mapping for page in pages for mapping in page["EventSourceMappings"]]
        [mapping] = [it for it in listed if "EndedExecutions" in it["EventSourceArn"]]
        self.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=ends)

    def stop(self, arn: str) -> None:
        """Stop an execution past Stowage, unless it has ended meanwhile."""
        with contextlib.suppress(ClientError):
            self.states.stop_execution(executionArn=arn, cause="a storm")
            self.stopped.add(arn)

    def running(self) -> dict[str, str]:
        """Give the ARNs of the changes whose executions run."""
        return self._executions("RUNNING")

    def all(self) -> dict[str, str]:
        """Give the ARNs of all changes' executions."""
        return self._executions(None)

    def workers(self) -> list[dict[str, Any]]:
        """List the processes of this cloud's functions, and of no other's."""
        with urllib.request.urlopen(f"{self.cloud}/_ministack/lambda-workers", timeout=30) as answer:  # noqa: S310 -- our own loopback
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def deaths(self, changes: Iterable[str]) -> dict[str, list[datetime]]:
        """Give for each change when a function died that was to begin its operation, as its history tells."""
        of = self.all()
        return {change: self._deaths(of[change]) for change in changes}

    def _deaths(self, arn: str) -> list[datetime]:
        state, found = "", []
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=arn)
        for event in (event for page in pages for event in page["events"]):
            state = event.get("stateEnteredEventDetails", {}).get("name", state)
            failed = event.get("taskFailedEventDetails") or event.get("lambdaFunctionFailedEventDetails") or {}
            if state == SUBMITTING and failed.get("error") == "Runtime.ExitError":
                found.append(event["timestamp"])
        return found

    def _stop(self) -> None:
        if running := sorted(set(self.running().values()) - self.stopped):
            self.stop(self.chance.choice(running))

    def _kill(self) -> None:
        workers = self.workers()
        busy = [worker for worker in workers if worker["busy"]]
        among = busy if busy and self.chance.random() < BUSY else workers
        if among:
            self._hit(self.chance.choice(among))

    def _kill_beginning(self) -> None:
        """Kill whoever may just be beginning an operation: before, during or after the call, as chance has it."""
        begun, deadline = self._begun(), time.monotonic() + AIM_SECONDS
        while not self._begun() - begun and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(self.chance.uniform(0, BEGINNING_SECONDS))
        for worker in self.workers():
            if worker["busy"] and SUBMITTING in worker["function"]:
                self._hit(worker)

    def _hit(self, worker: dict[str, Any]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker["pid"], signal.SIGKILL)
            self.killed[worker["function"]] += 1

    def _begun(self) -> set[str]:
        """Give the changes that have noted on their rows that they begin an operation."""
        return {row["begun"] for row in self.truth.rows().values() if "begun" in row}

    def _executions(self, status: str | None) -> dict[str, str]:
        pages = self.states.get_paginator("list_executions").paginate(stateMachineArn=self.machine)
        listed = [execution for page in pages for execution in page["executions"]]
        return {it["name"]: it["executionArn"] for it in listed if status in {None, it["status"]}}
