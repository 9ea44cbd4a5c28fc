"""Moments: in forms a day and a time in one's own zone, kept to the second; on a phone none is torn, nor is an ARN."""

import re
import secrets
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from local.client import Session
from tests.ui.conftest import PHONE, Person
from tests.ui.test_first_steps import ATLAS
from tests.ui.test_handover import OWNER, put
from tests.ui.test_keyboard import go_to

pytestmark = pytest.mark.ui

YEAR = datetime.now(UTC).year + 1
BERLIN = "Europe/Berlin"
ENDS = f"{YEAR}-01-31T22:59:59Z"
"""A second before midnight in Berlin."""


@pytest.fixture(scope="module")
def bucket(anna: Session) -> str:
    """Give a bucket of atlas."""
    name = f"ui-moments-{secrets.token_hex(5)}"
    put(anna, f"buckets/{name}", {**OWNER, "dataClass": "internal"})
    return name


@pytest.fixture
def user(anna: Session, bucket: str) -> str:
    """Give a user of atlas whose access ends."""
    name = f"ui-moments-{secrets.token_hex(5)}"
    put(anna, f"users/{name}", {**OWNER, "grants": [{"bucket": bucket, "access": ["read"]}], "expiresAt": ENDS})
    return name


def ends(session: Session, user: str) -> Any:
    """Tell when a user's access ends, as the API has it."""
    return session.http.get(f"projects/atlas/users/{user}").raise_for_status().json()["spec"]["expiresAt"]


def field(page: Page) -> Locator:
    """Give the field, which is a group of two."""
    return page.get_by_role("group", name="Access ends")


def save(page: Page, user: str) -> None:
    """Save the form, wait until that has succeeded, and open the form again."""
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"The user {user} was updated.")).to_be_visible(timeout=45_000)
    page.goto(f"{ATLAS}/users/{user}/edit")
    expect(field(page)).to_be_visible()


def test_a_moment_is_changed_in_ones_own_zone_and_else_stays(person: Person, anna: Session, user: str) -> None:
    """It is kept to the second while others are edited; typed, it is saved as UTC; cleared, access does not end."""
    page = person("anna", f"{ATLAS}/users/{user}/edit", timezone_id=BERLIN)
    expect(field(page).get_by_role("textbox", name="Day")).to_have_value(f"{YEAR}-01-31")
    expect(field(page).get_by_role("textbox", name="Time")).to_have_value("23:59:59")
    expect(field(page).get_by_role("status")).to_have_text(
        f"That is {YEAR}-01-31 22:59:59 UTC; your time zone is {BERLIN}."
    )

    page.get_by_label("Cost centre").fill("CC-2")
    field(page).get_by_role("textbox", name="Time").focus()
    save(page, user)
    assert ends(anna, user) == ENDS

    field(page).get_by_role("textbox", name="Day").fill(f"{YEAR}-07-31")
    field(page).get_by_role("textbox", name="Time").fill("18:00:00")
    save(page, user)
    assert ends(anna, user) == f"{YEAR}-07-31T16:00:00Z"
    expect(field(page).get_by_role("textbox", name="Time")).to_have_value("18:00")

    field(page).get_by_role("button", name="Clear access ends").click()
    expect(field(page).get_by_role("textbox", name="Day")).to_be_focused()
    save(page, user)
    assert ends(anna, user) is None
    page.goto(f"{ATLAS}/users/{user}")
    expect(page.get_by_text("Access does not end by itself.")).to_be_visible()


def test_on_a_phone_what_is_missing_is_told_and_the_calendar_obeys_the_keyboard(person: Person, user: str) -> None:
    """Who saves without a time comes to it and reads why; nothing is wider than the screen, nor is the calendar."""
    page = person("anna", f"{ATLAS}/users/{user}/edit", viewport=PHONE, timezone_id=BERLIN)
    time = field(page).get_by_role("textbox", name="Time")
    time.fill("")
    page.get_by_role("button", name="Save").click()

    expect(time).to_be_focused()
    expect(field(page).get_by_text("The time is missing, such as 18:00.")).to_be_visible()
    page.keyboard.type("1830")
    expect(time).to_have_value("18:30")
    expect(field(page).get_by_role("status")).to_contain_text(f"{YEAR}-01-31 17:30:00 UTC")

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    go_to(page, page.get_by_role("dialog").get_by_role("grid").locator("[tabindex='0']"))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(field(page).get_by_role("textbox", name="Day")).to_have_value(f"{YEAR}-01-30")
    expect(field(page).get_by_role("status")).to_contain_text(f"{YEAR}-01-30 17:30:00 UTC")


TORN = """selector => [...document.querySelectorAll(selector)].filter(each => {
    const lines = new Set([...each.getClientRects()].map(line => Math.round(line.top)));
    return lines.size > 1;
}).map(each => each.textContent)"""
PARTS_ON_TWO_LINES = """() => [...document.querySelectorAll('wbr')].flatMap(each => {
    const told = each.nextSibling;
    const range = document.createRange();
    range.selectNodeContents(told);
    const lines = new Set([...range.getClientRects()].map(line => Math.round(line.top)));
    return lines.size > 1 ? [told.textContent] : [];
})"""


def test_on_a_phone_no_time_is_torn_and_an_arn_breaks_where_it_may(person: Person, user: str) -> None:
    """Each time on the cards of the changes is on one line; an ARN goes on in the next after a colon or a slash."""
    page = person("anna", f"{ATLAS}/changes", viewport=PHONE)
    expect(page.locator("main li time").first).to_be_visible()
    assert page.evaluate(TORN, "main li time") == []

    page.goto(f"{ATLAS}/users/{user}")
    arn = page.locator("span").filter(has_text=re.compile(f"^arn:aws:iam::.*{user}$")).last
    expect(arn).to_be_visible()
    assert arn.locator("wbr").count() > 0
    assert page.evaluate(PARTS_ON_TWO_LINES) == []
    assert page.evaluate(TORN, ".moment > span") == []
