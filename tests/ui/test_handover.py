"""Handing credentials over: a manager makes a link in the page, somebody without a sign-in opens it on a phone."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from local.client import Session
from local.endpoints import Endpoints
from local.third_party import client_of
from tests.ui.conftest import PHONE, Person, Visit

pytestmark = pytest.mark.ui

OWNER: dict[str, Any] = {"owner": "anna@example.com", "costCentre": "CC-1"}
SHOW = "Show the key now"


@pytest.fixture(scope="module")
def bucket(anna: Session) -> str:
    """Give a bucket of atlas."""
    name = f"ui-keys-{secrets.token_hex(5)}"
    put(anna, f"buckets/{name}", {**OWNER, "dataClass": "internal"})
    return name


@pytest.fixture
def user(anna: Session, bucket: str) -> str:
    """Give a user of atlas who may upload into one folder of the bucket."""
    name = f"ui-partner-{secrets.token_hex(5)}"
    put(anna, f"users/{name}", {**OWNER, "grants": [{"bucket": bucket, "prefix": "in/", "access": ["list", "write"]}]})
    return name


def put(session: Session, path: str, spec: dict[str, Any]) -> None:
    """Create or update a resource of atlas and wait until that has succeeded."""
    answer = session.http.put(f"projects/atlas/{path}", json=spec).raise_for_status()
    change = session.wait_for_change("atlas", answer.json()["change"]["id"])
    assert change["outcome"] == "SUCCEEDED", change


def make_link(page: Page, user: str, *, passphrase: bool = True) -> tuple[str, str | None]:
    """Make a link on the user's page and give it with its passphrase, as the manager reads them there."""
    page.goto(f"/projects/atlas/users/{user}")
    page.get_by_role("button", name="Make a link").click()
    if not passphrase:
        page.get_by_label("With a passphrase").uncheck()
    page.get_by_role("button", name="Make the link").click()
    url = page.get_by_test_id("handover-url").inner_text().strip()
    told = page.get_by_test_id("handover-passphrase").inner_text().strip() if passphrase else None
    page.get_by_role("button", name="Done").click()
    return url, told


def requests_of(page: Page) -> list[Request]:
    """Keep what the page asks for from now on."""
    asked: list[Request] = []

    def keep(request: Request) -> None:
        asked.append(request)

    page.on("request", keep)  # not `asked.append`: Playwright wants to mark what listens
    return asked


def show(page: Page) -> None:
    """Click, and again as long as the key is being made still."""
    expect(page.get_by_role("heading", name="Your access key")).to_be_hidden()
    for _ in range(30):
        page.get_by_role("button", name=SHOW).click()
        shown = page.get_by_role("heading", name="Your access key")
        expect(shown.or_(page.get_by_text("still being made")).or_(page.get_by_label("Passphrase"))).to_be_visible()
        if not page.get_by_text("still being made").is_visible():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the key was never made")


def test_a_key_goes_from_a_manager_to_a_phone_once(
    person: Person, visit: Visit, endpoints: Endpoints, user: str, bucket: str
) -> None:
    """The link asks for its passphrase, shows the key that then works, and shows nothing to who comes second."""
    manager = person("anna")
    url, passphrase = make_link(manager, user)
    assert passphrase is not None
    phone = visit(viewport=PHONE, permissions=["clipboard-read", "clipboard-write"]).page
    asked = requests_of(phone)
    phone.goto(url)

    show(phone)
    phone.get_by_label("Passphrase").fill("not the passphrase")
    phone.get_by_role("button", name=SHOW).click()
    expect(phone.get_by_text("You have 4 tries left.")).to_be_visible()
    phone.get_by_label("Passphrase").fill(passphrase)
    show(phone)

    expect(phone.get_by_role("heading", name="Your access key")).to_be_focused()
    secret = phone.get_by_test_id("secret")
    expect(secret).to_have_text(re.compile("^•+$"))
    phone.get_by_role("button", name="Copy Secret access key").click()
    expect(phone.get_by_role("status")).to_have_text("Secret access key: copied.")
    phone.get_by_role("button", name="Show the secret").click()
    assert phone.evaluate("navigator.clipboard.readText()") == secret.inner_text()
    opened = {"accessKeyId": phone.locator("dd code").first.inner_text(), "secretAccessKey": secret.inner_text()}
    expect(phone.get_by_text(f"s3://{bucket}/in/").first).to_be_visible()
    client_of(endpoints, opened).put_object(Bucket=bucket, Key="in/hello.txt", Body=b"hello")
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    # The secret went to nobody, and stands nowhere but on this page.
    token = url.partition("#token=")[2]
    assert [each.url for each in asked if token in each.url] == []
    assert phone.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0

    second = visit().page
    second.goto(url)
    second.get_by_role("button", name=SHOW).click()
    expect(second.get_by_role("heading", name="This link no longer works")).to_be_visible()
    expect(second.get_by_text("used already")).to_be_visible()

    links = manager.get_by_role("grid", name="Links")
    expect(links.get_by_text("Opened", exact=True)).to_be_visible()
    expect(manager.get_by_text("Somebody tried a link that had been opened already")).to_be_visible()


def test_a_loaded_link_uses_nothing_up_and_leaves_no_token_behind(person: Person, visit: Visit, user: str) -> None:
    """What previews links loads the page and clicks nothing: no call is made, and the link opens afterwards."""
    url, _ = make_link(person("anna"), user, passphrase=False)
    preview = visit(viewport=PHONE).page
    asked = requests_of(preview)

    preview.goto(url)
    expect(preview.get_by_role("button", name=SHOW)).to_be_enabled()

    expect(preview.get_by_role("heading", name="It is shown once")).to_be_visible()
    assert [each.method for each in asked if each.method != "GET"] == []
    assert "token" not in preview.evaluate("location.href")
    assert preview.locator("meta[name=robots]").get_attribute("content") == "noindex, nofollow"
    preview.reload()
    expect(preview.get_by_role("heading", name="Open your link again")).to_be_visible()

    preview.goto(url)
    show(preview)
    expect(preview.get_by_role("heading", name="Your access key")).to_be_visible()
    with preview.expect_download() as download:
        preview.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == f"access-key-{user}.txt"
    assert "Secret access key: " in download.value.path().read_text()
    preview.reload()
    expect(preview.get_by_text("Do not open the link again: it is used up.")).to_be_visible()


def test_a_link_that_was_taken_back_says_so(person: Person, visit: Visit, user: str) -> None:
    """In plain words, with what to do; a link that lost its end and one that nobody made, too."""
    manager = person("anna")
    url, _ = make_link(manager, user, passphrase=False)
    manager.get_by_role("button", name="Take back this link").click()
    manager.get_by_role("dialog").get_by_role("button", name="Take the link back").click()
    expect(manager.get_by_role("grid", name="Links").get_by_text("Taken back")).to_be_visible()
    page = visit(viewport=PHONE).page

    page.goto(url)
    page.get_by_role("button", name=SHOW).click()
    expect(page.get_by_text("This link was taken back.")).to_be_visible()

    page.goto(url.partition("#")[0] + "?again")
    expect(page.get_by_role("heading", name="This link is not whole")).to_be_visible()

    page.goto(f"/handovers/hnd-{'0' * 32}#token={'a' * 22}")
    page.get_by_role("button", name=SHOW).click()
    expect(page.get_by_role("heading", name="This link is not known")).to_be_visible()


def test_keys_are_rotated_and_the_old_one_taken_back_in_the_page(person: Person, visit: Visit, user: str) -> None:
    """Each step with what happens next: handed over, switched off by a wish, taken back, and all of it confirmed."""
    manager = person("anna")
    url, _ = make_link(manager, user, passphrase=False)
    third = visit(viewport=PHONE).page
    third.goto(url)
    show(third)
    manager.get_by_role("button", name="Rotate the keys").click()
    manager.get_by_role("button", name="Begin the rotation").click()
    expect(manager.get_by_text("the rotation goes on once it was opened")).to_be_visible(timeout=30_000)

    url, _ = make_link(manager, user, passphrase=False)
    fourth = visit(viewport=PHONE).page
    fourth.goto(url)
    show(fourth)
    manager.get_by_role("button", name="Switch the old key off now").click(timeout=30_000)
    manager.get_by_role("dialog").get_by_role("button", name="Switch the old key off now").click()
    expect(manager.get_by_text("Only the new key works.")).to_be_visible(timeout=30_000)

    manager.get_by_role("button", name="Take the old key back").click()
    manager.get_by_role("dialog").get_by_role("button", name="Let the old key work again").click()
    expect(manager.get_by_text("Both keys work. The old key is switched off")).to_be_visible(timeout=30_000)


def test_access_is_switched_off_at_once(person: Person, user: str) -> None:
    """By a manager, who is asked first; an auditor sees the keys and has nothing to press."""
    manager = person("anna", f"/projects/atlas/users/{user}")
    manager.get_by_role("button", name="Switch off").click()
    manager.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    expect(manager.get_by_text("Switched off: everything is refused")).to_be_visible(timeout=30_000)

    auditor = person("aude", f"/projects/atlas/users/{user}")
    expect(auditor.get_by_text("Switched off: everything is refused")).to_be_visible()
    expect(auditor.get_by_role("heading", name="Access keys")).to_be_visible()
    for name in ("Make a link", "Rotate the keys", "Switch on", "Change the end"):
        expect(auditor.get_by_role("button", name=name)).to_have_count(0)
