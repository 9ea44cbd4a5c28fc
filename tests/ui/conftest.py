"""People at the console: Debian's Chromium against the deployed local cloud, under the headers that were deployed.

Every page's console is listened to: a violation of the policy, or an error that nobody caught, fails the test that
opened the page.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from local.client import Session
from local.console import ConsoleServer
from local.endpoints import Endpoints
from local.prepare import BROWSER_HINT
from operate.console_build import build
from tests.e2e.credentials import OWNER, grant, new_name, put
from tests.ui.looking import Looker

POLICY = "Content Security Policy"
PHONE: ViewportSize = {"width": 375, "height": 812}
DESK: ViewportSize = {"width": 1280, "height": 900}
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 partner@example.com"
# For first calls on a busy machine, whose functions have not started yet; what is there already is found at once.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium; without one the tests are skipped, with what to install."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip(f"{BROWSER_HINT}.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def console(endpoints: Endpoints) -> Iterator[str]:
    """Build and serve the console as `make run` does; gives its address."""
    port = urlsplit(endpoints.console).port
    assert port is not None
    with ConsoleServer(port, endpoints, build()):
        yield endpoints.console


@dataclass
class Visitor:
    """A browser window of its own, and what went wrong in it."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep violations of the policy and errors that nobody caught."""
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if POLICY in message.text:
            self.faults.append(message.text)


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, console: str) -> Iterator[Visit]:
    """Open windows, signed out; the test fails if anything went wrong in one of them."""
    opened: list[Visitor] = []

    def open_window(**options: Any) -> Visitor:
        options = {"viewport": DESK, "reduced_motion": "reduce", **options}
        visitor = Visitor(browser.new_context(base_url=console, **options).new_page())
        visitor.listen()
        opened.append(visitor)
        return visitor

    yield open_window
    for visitor in opened:
        visitor.page.context.close()
    assert [fault for visitor in opened for fault in visitor.faults] == []


Person = Callable[..., Page]


@pytest.fixture
def person(visit: Visit, endpoints: Endpoints) -> Person:
    """Sign people in by the first part of their e-mail and give their page: `person("anna", "/projects/atlas")`."""

    def sign_in(who: str, address: str = "/", **options: Any) -> Page:
        known = endpoints.person(f"{who}@example.com")
        page = visit(**options).page
        page.goto(address)
        page.locator("input[name=username]").fill(known.email)
        page.locator("input[name=password]").fill(known.password)
        page.locator("[type=submit]").first.click()
        page.locator("#top").wait_for()  # the sign-in page has a heading, too
        return page

    return sign_in


@pytest.fixture(scope="session")
def anna(endpoints: Endpoints) -> Iterator[Session]:
    """Give a manager at the API."""
    with Session(endpoints, "anna@example.com") as session:
        yield session


@pytest.fixture(scope="session")
def standing(anna: Session) -> dict[str, str]:
    """Give a resource of each kind, and the change that made the bucket."""
    bucket, user, sftp = new_name("ui-bucket"), new_name("ui-user"), new_name("ui-sftp")
    told = {
        **OWNER,
        "dataClass": "internal",
        "description": "What it is for",
        "tags": {"team": "billing"},
        "lifecycleDays": 30,
    }
    change = put(anna, f"buckets/{bucket}", told)["id"]
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(bucket, "list", "write", prefix="in/")]})
    home = [{"path": "/in", **grant(bucket, "list", "write", prefix="in/")}]
    put(anna, f"sftp-users/{sftp}", {**OWNER, "publicKeys": [PUBLIC_KEY], "home": home})
    return {"bucket": bucket, "user": user, "sftp": sftp, "change": change}


@pytest.fixture
def looker(tell_figure: Callable[[str], None], request: pytest.FixtureRequest) -> Iterator[Looker]:
    """Give what looks; nothing may be wrong in the end."""
    looker = Looker(DESK, PHONE)
    yield looker
    tell_figure(f"ui: axe looked {looker.looks} times and found {len(looker.found)}: {request.node.name}")
    assert looker.found == []
