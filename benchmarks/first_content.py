"""How long the console takes to show something on a slow network: 1.6 Mbit/s, 150 ms, a processor four times slower.

    .venv/dev/bin/python -m benchmarks.first_content [--rows 200] [--runs 3]

Chromium's own emulation slows every request of the page, to the console and to the API alike, with nothing in its cache
(https://chromedevtools.github.io/devtools-protocol/tot/Network/#method-emulateNetworkConditions). The console is served
as by CloudFront, gzipped (CloudFront would mostly give brotli, which is smaller). Not in it: the name look-ups and TLS
handshakes of a first visit, some 0.5 s for each of the hosts, one after the other for console and API.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from local.aws import HUB_ACCOUNT, client
from local.client import Session
from local.endpoints import Endpoints
from local.temporary import temporary_stowage

PROJECT = "atlas"
BITS_PER_SECOND = 1_600_000
UPLOAD_BITS_PER_SECOND = 750_000
LATENCY_MILLISECONDS = 150
SLOWER = 4
BUDGET_SECONDS = 6.0
PATIENCE = 60_000

# Looks at each change of the page whether it is there by now, and notes when it was painted.
LOOK = """(() => {
    const look = () => {
        if (window.ready !== undefined || document.querySelector(%s) === null) return;
        window.ready = null;
        requestAnimationFrame(() => requestAnimationFrame(() => { window.ready = performance.now(); }));
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
    const keep = (list) => { for (const paint of list.getEntries()) window.largest = paint.startTime; };
    new PerformanceObserver(keep).observe({ type: 'largest-contentful-paint', buffered: true });
})()"""
SIGN_IN = "/oauth2/authorize"
ROWS = "main table tbody a"
REVEAL = "form button[type=submit]:enabled"
LINK = f"/handovers/hnd-{'0' * 32}#token={'a' * 22}"
"""A link that nobody made: nothing asks for it before the click."""


@dataclass(frozen=True)
class Figures:
    """Seconds since the address was entered, and what was loaded until then.

    `first` and `largest` are the first and the largest paint with content; `ready` is what people came for.
    """

    first: float
    largest: float
    ready: float
    kilobytes: float

    def worst(self) -> float:
        """Give the last of them."""
        return max(self.first, self.largest, self.ready)


Visit = Callable[[], Figures]


class Slow:
    """A window with a cold cache, a slow network and a slow processor; listens to what is painted and loaded."""

    def __init__(self, browser: Browser, console: str, session: dict[str, str] | None = None) -> None:
        self.context = browser.new_context(base_url=console, viewport={"width": 1280, "height": 900})
        if session is not None:
            self.context.add_init_script(f"Object.assign(sessionStorage, {json.dumps(session)})")
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self._began = 0.0
        self._marks: dict[str, float] = {}
        self._bytes = 0.0
        self._leaves: float | None = None
        self._listen()

    def _listen(self) -> None:
        cdp = self.context.new_cdp_session(self.page)
        cdp.on("Page.lifecycleEvent", self._mark)
        cdp.on("Network.requestWillBeSent", self._sent)
        cdp.on("Network.loadingFinished", self._loaded)
        cdp.send("Page.enable")
        cdp.send("Page.setLifecycleEventsEnabled", {"enabled": True})
        cdp.send("Network.enable")
        network = {
            "offline": False,
            "latency": LATENCY_MILLISECONDS,
            "downloadThroughput": BITS_PER_SECOND / 8,
            "uploadThroughput": UPLOAD_BITS_PER_SECOND / 8,
        }
        cdp.send("Network.emulateNetworkConditions", network)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def _mark(self, event: dict[str, Any]) -> None:
        if self._began and self._leaves is None:
            self._marks[event["name"]] = event["timestamp"]

    def _sent(self, event: dict[str, Any]) -> None:
        if not self._began:
            self._began = event["timestamp"]
        if self._leaves is None and SIGN_IN in event["request"]["url"]:
            self._leaves = event["timestamp"]

    def _loaded(self, event: dict[str, Any]) -> None:
        self._bytes += event["encodedDataLength"]

    def visit(self, address: str, selector: str) -> Figures:
        """Go to an address and wait for what people want to see there."""
        self.page.add_init_script(LOOK % json.dumps(selector))
        self.page.goto(address, wait_until="commit")
        self.page.locator(selector).first.wait_for()
        loaded = self._bytes
        self.page.wait_for_timeout(2000)  # a larger paint may follow
        largest, ready = (float(self.page.evaluate(f"window.{mark}")) / 1000 for mark in ("largest", "ready"))
        self.context.close()  # the slowing of a processor goes on as long as its page is there, at the others' cost
        return Figures(self._first(), largest, ready, loaded / 1000)

    def visit_signed_out(self, address: str) -> Figures:
        """Go to an address and wait until the browser asks for the sign-in pages, which are not ours."""
        with self.page.expect_request(lambda request: SIGN_IN in request.url):
            self.page.goto(address, wait_until="commit")
        self.page.locator("input[name=username]").wait_for()
        assert self._leaves is not None  # noqa: S101 -- the request has been seen
        self.context.close()
        first = self._first()  # the page says where it goes to, and nothing else
        return Figures(first, first, self._leaves - self._began, self._bytes / 1000)

    def _first(self) -> float:
        return self._marks["firstContentfulPaint"] - self._began


def sign_in(browser: Browser, endpoints: Endpoints) -> dict[str, str]:
    """Sign Anna in, at full speed, and give what her tab keeps of it."""
    known = endpoints.person("anna@example.com")
    page = browser.new_context(base_url=endpoints.console).new_page()
    page.goto(f"/projects/{PROJECT}")
    page.locator("input[name=username]").fill(known.email)
    page.locator("input[name=password]").fill(known.password)
    page.locator("[type=submit]").first.click()
    page.locator(ROWS).first.wait_for()  # by then every function is warm
    kept: dict[str, str] = page.evaluate("({...sessionStorage})")
    page.context.close()
    return kept


def fill(endpoints: Endpoints, rows: int) -> None:
    """Make one bucket, and copy its row until the project has so many."""
    spec = {
        "owner": "anna@example.com",
        "costCentre": "CC-1",
        "dataClass": "internal",
        "description": "A row to be read",
    }
    with Session(endpoints, "anna@example.com") as anna:
        answer = anna.http.put(f"projects/{PROJECT}/buckets/measured-0", json=spec).raise_for_status().json()
        anna.wait_for_change(PROJECT, answer["change"]["id"])
    table = client("dynamodb", endpoints.aws, HUB_ACCOUNT)
    key = {"pk": {"S": f"RESOURCES#{PROJECT}"}, "sk": {"S": "RESOURCE#bucket#measured-0"}}
    row = table.get_item(TableName=endpoints.table, Key=key)["Item"]
    for number in range(1, rows):
        name = f"measured-{number}"
        copy = {**row, "name": {"S": name}, "sk": {"S": f"RESOURCE#bucket#{name}"}}
        table.put_item(TableName=endpoints.table, Item=copy)


def measure(browser: Browser, endpoints: Endpoints, runs: int) -> dict[str, list[Figures]]:
    """Visit each page so many times, each time with nothing in the cache."""
    session = sign_in(browser, endpoints)
    visits: dict[str, Visit] = {
        "signed out, until sent to the sign-in": lambda: Slow(browser, endpoints.console).visit_signed_out("/"),
        "signed in, a project's resources": lambda: Slow(browser, endpoints.console, session).visit(
            f"/projects/{PROJECT}", ROWS
        ),
        "a third party's link": lambda: Slow(browser, endpoints.console).visit(LINK, REVEAL),
    }
    return {name: [visit() for _ in range(runs)] for name, visit in visits.items()}


def tell(measured: dict[str, list[Figures]]) -> bool:
    """Print the medians; give whether every one of them is within the budget."""
    print(f"{'':<40}{'first':>9}{'largest':>9}{'ready':>9}{'loaded':>11}")
    for name, figures in measured.items():
        middle = [
            statistics.median(getattr(each, field) for each in figures) for field in ("first", "largest", "ready")
        ]
        loaded = statistics.median(each.kilobytes for each in figures)
        print(f"{name:<40}" + "".join(f"{seconds:>7.1f} s" for seconds in middle) + f"{loaded:>8.0f} KB")
    return all(statistics.median(each.worst() for each in figures) <= BUDGET_SECONDS for figures in measured.values())


def main() -> int:
    """Measure; give 1 if something takes longer than the budget."""
    parser = argparse.ArgumentParser(prog="benchmarks.first_content", description="First content on a slow network.")
    parser.add_argument("--rows", type=int, default=200, help="resources of the project")
    parser.add_argument("--runs", type=int, default=3, help="visits of each page, of which the median is told")
    given = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("benchmarks: chromium is not on the PATH.", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as scratch,
        temporary_stowage(Path(scratch)) as (_, endpoints),
        sync_playwright() as playwright,
    ):
        fill(endpoints, given.rows)
        browser = playwright.chromium.launch(executable_path=chromium)
        is_within = tell(measure(browser, endpoints, given.runs))
        browser.close()
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
