"""With the keyboard alone: links and rotations, locks, members, permissions; and the focus is never lost."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from local.client import Session
from local.endpoints import Endpoints
from tests.e2e.credentials import OWNER, grant, put
from tests.ui.conftest import Person
from tests.ui.test_changes import PATIENCE, unique
from tests.ui.test_first_steps import ATLAS
from tests.ui.test_keyboard import go_to, has_focus, press, step, type_into
from tests.ui.test_operations import ask_for

pytestmark = pytest.mark.ui

ROWS = 60
"""More rows than that, and a table is none that a test has made."""


@pytest.fixture(scope="module")
def bucket(anna: Session) -> str:
    """Give a bucket that stands."""
    name = unique("keys-bucket")
    put(anna, f"buckets/{name}", {**OWNER, "dataClass": "internal"})
    return name


@pytest.fixture
def user(anna: Session, bucket: str) -> str:
    """Give a user with a key, who may list the bucket."""
    name = unique("keys-user")
    put(anna, f"users/{name}", {**OWNER, "grants": [grant(bucket, "list")]})
    return name


def dialog(page: Page, title: str | re.Pattern[str]) -> Locator:
    """Wait for a dialog, which has the focus then."""
    found = page.get_by_role("dialog", name=title)
    expect(found.locator(":focus")).to_have_count(1)
    return found


def kept(page: Page) -> None:
    """Wait until the focus is somewhere in the content, after what had it has gone."""
    expect(page.locator("#main :focus")).to_have_count(1)


def into_row(page: Page, label: str, words: str) -> Locator:
    """Go into a table and down to a row: one stop of the Tab key, then arrows. Gives the row."""
    grid = page.get_by_role("grid", name=label, exact=True)
    row = grid.get_by_role("row").filter(has_text=words)
    expect(row).to_have_count(1, timeout=PATIENCE)
    go_to(page, grid.locator("*"))
    for _ in range(ROWS):
        if row.locator(":focus").count() > 0 or has_focus(row.locator("td, th")):
            return row
        step(page, "ArrowDown")
    raise AssertionError(f"the row of {words} is not reached")


def test_a_link_is_made_copied_and_taken_back_and_the_keys_are_rotated(person: Person, user: str) -> None:
    """The focus goes back to what has opened a dialog; where that is gone with what was done, to what was around it."""
    page = person("anna", f"{ATLAS}/users/{user}", permissions=["clipboard-read", "clipboard-write"])
    press(page, "button", "Make a link")
    dialog(page, "Make a link to the key")
    press(page, "button", "Make the link")
    dialog(page, "The link is made")
    press(page, "button", "Copy the link")
    expect(page.get_by_text("Link copied").first).to_be_visible()
    expect(page.get_by_test_id("handover-url")).to_contain_text(page.evaluate("navigator.clipboard.readText()"))
    press(page, "button", "Done")
    expect(page.get_by_role("button", name="Make a link")).to_be_focused()

    row = into_row(page, "Links", "Not opened yet")
    step(page, "End")
    expect(row.get_by_role("button", name="Take back this link")).to_be_focused()
    page.keyboard.press("Enter")
    dialog(page, "Take the link back?")
    press(page, "button", "Take the link back")
    expect(page.get_by_text("Taken back")).to_be_visible(timeout=PATIENCE)
    kept(page)
    expect(page.get_by_role("grid", name="Links").locator(":focus")).to_have_count(1)

    press(page, "button", "Rotate the keys")
    dialog(page, "Rotate the keys?")
    press(page, "button", "Begin the rotation")
    expect(page.get_by_role("button", name="Rotate the keys")).to_have_count(0, timeout=PATIENCE)
    kept(page)


def test_a_lock_is_tried_and_members_are_kept(person: Person, endpoints: Endpoints) -> None:
    """A refusal is announced while the focus stays on its button; Escape leads back to where one was in the table."""
    name = unique("slow-60-keys")
    ask_for(name, endpoints)
    page = person("olga", f"{ATLAS}/operations")
    row = into_row(page, "Locked resources", name)
    step(page, "End")
    opener = row.get_by_role("button", name=f"Break the lock of {name}")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    opened = dialog(page, f"Break the lock of {name}?")
    press(page, "button", "Break the lock")
    expect(opened.locator("[aria-live=polite]").filter(has_text="The lock stays")).to_have_count(1, timeout=PATIENCE)
    expect(opened.get_by_role("button", name="Break the lock")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()

    press(page, "link", "Members")
    press(page, "button", "Add a member")
    opened = dialog(page, "Add a member")
    expect(opened.get_by_role("textbox", name="E-mail")).to_be_focused()
    page.keyboard.type("nobody@example.com")
    step(page)
    page.keyboard.press("ArrowDown")
    expect(opened.get_by_role("radio", name="Manager")).to_be_checked()
    page.keyboard.press("Enter")
    expect(opened).to_contain_text("Nobody signs in to Stowage as nobody@example.com", timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Add a member")).to_be_focused()

    into_row(page, "Members", "olga@example.com")
    step(page, "End")
    step(page, "ArrowLeft")
    opener = page.get_by_role("button", name="Change role of Olga Operator")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    opened = dialog(page, "Change the role of Olga Operator")
    last = opened.get_by_role("button", name="Change the role")
    go_to(page, last)
    expect(page.get_by_role("tooltip")).to_have_text("Choose another role first.")
    expect(last).to_have_accessible_description("Choose another role first.")
    page.keyboard.press("Enter")
    expect(opened).to_be_visible()
    page.keyboard.press("Escape")  # the tooltip's
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_permissions_are_changed_reviewed_and_saved(person: Person, user: str, bucket: str) -> None:
    """From the cell to what was saved; and what is discarded or saved leaves the focus in its place."""
    page = person("anna", f"{ATLAS}/permissions")
    type_into(page, "Find users", user)
    type_into(page, "Find buckets", bucket)
    for box, way in (("Read", "Discard"), ("Write", "Review and save")):
        into_row(page, "Permissions, users by buckets", user)
        step(page, "End")
        page.keyboard.press("Enter")
        opened = dialog(page, f"{user} in {bucket}")
        go_to(page, opened.get_by_label(box, exact=True))
        page.keyboard.press("Space")
        press(page, "button", "Add to the review")
        expect(page.get_by_text(f"{user}: 1 change, not saved yet.")).to_be_visible()
        expect(page.get_by_role("button", name=f"Change what {user} may do in {bucket}")).to_be_focused()
        go_to(page, page.get_by_role("button", name=way), "Shift+Tab")
        page.keyboard.press("Enter")
        if way == "Discard":
            expect(page.get_by_text("not saved yet")).to_have_count(0)
            kept(page)
    dialog(page, f"What changes for {user}")
    press(page, "button", "Save")
    expect(page.get_by_text(f"The user {user} was updated.")).to_be_visible(timeout=PATIENCE)
    kept(page)
