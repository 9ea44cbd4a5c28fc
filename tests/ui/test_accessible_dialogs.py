"""For everybody, as test_accessibility.py says it: what opens over a page, and a key's way to a third party."""

import pytest
from playwright.sync_api import expect

from local.client import Session
from tests.e2e.credentials import OWNER, grant, hand_over, put
from tests.ui.conftest import DESK, Person, Visit
from tests.ui.looking import Looker, settled
from tests.ui.test_accessibility import ask
from tests.ui.test_changes import PATIENCE, unique
from tests.ui.test_first_steps import ATLAS
from tests.ui.test_handover import SHOW, show

pytestmark = pytest.mark.ui

BUCKET = {**OWNER, "dataClass": "internal"}


def test_dialogs_and_faults(person: Person, looker: Looker, standing: dict[str, str]) -> None:
    """What opens over a page, and a form that says what is wrong with it."""
    page = person("anna", f"{ATLAS}/new/users")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text("Some fields are not right yet").first).to_be_visible()
    looker.look(page, "a form with faults")

    settled(page, f"{ATLAS}/sftp-users/{standing['sftp']}")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    looker.look(page, "a deletion")

    page.set_viewport_size(DESK)
    settled(page, f"{ATLAS}/permissions")
    page.get_by_label("Find users").fill(standing["user"])
    page.get_by_label("Find buckets").fill(standing["bucket"])
    page.get_by_role("button", name=f"Change what {standing['user']} may do in {standing['bucket']}").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    looker.look(page, "a cell of the matrix")
    page.get_by_role("dialog").get_by_label("Read", exact=True).check()
    page.get_by_role("dialog").get_by_role("button", name="Add to the review").click()
    page.get_by_role("button", name="Review and save").click()
    expect(page.get_by_text("+ may now read")).to_be_visible()
    looker.look(page, "a review")


def test_the_dialogs_of_operators_and_what_they_are_refused(person: Person, looker: Looker, anna: Session) -> None:
    """A lock to be broken, a member to be added, given another role, taken out; each refusal as its dialog tells it."""
    name = unique("slow-90-axe-held")
    ask(anna, name)
    page = person("olga")
    dialog = page.get_by_role("dialog")
    settled(page, f"{ATLAS}/operations")
    page.get_by_role("button", name=f"Break the lock of {name}").click()
    expect(dialog).to_contain_text("It stops nothing")
    looker.look(page, "a lock to be broken")
    dialog.get_by_role("button", name="Break the lock").click()
    expect(dialog).to_contain_text("The lock stays", timeout=PATIENCE)
    looker.look(page, "a lock that stays")

    page.set_viewport_size(DESK)
    settled(page, f"{ATLAS}/members")
    page.get_by_role("button", name="Add a member").click()
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("Enter the address that they sign in with.")).to_be_visible()
    looker.look(page, "a member to be added")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Change role of Olga Operator").click()
    dialog.get_by_role("radio", name="Auditor").check()
    dialog.get_by_role("button", name="Change the role", exact=True).click()
    expect(dialog).to_contain_text("You are the last operator", timeout=PATIENCE)
    looker.look(page, "another role, refused")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Remove Ben Manager").click()
    expect(dialog).to_contain_text("can neither see nor change this project any more")
    looker.look(page, "a member to be taken out")


def test_two_edits_that_meet_and_one_that_is_left(
    person: Person, looker: Looker, anna: Session, standing: dict[str, str]
) -> None:
    """The dialog with both values, the note of it in the form, and what asks whether unsaved edits are to be lost."""
    address = f"{ATLAS}/buckets/{standing['bucket']}/edit"
    page = person("ben")
    settled(page, address)
    page.get_by_label("Cost centre").fill("CC-OF-BEN")
    put(anna, f"buckets/{standing['bucket']}", {**BUCKET, "costCentre": "CC-OF-ANNA", "lifecycleDays": 60})
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("dialog")).to_contain_text("Both of you changed", timeout=PATIENCE)
    looker.look(page, "two edits")
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_text("Somebody else changed it meanwhile")).to_be_visible()
    looker.look(page, "a form that is outdated")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_contain_text("Leave without saving?")
    looker.look(page, "edits to be left")


def test_handing_a_key_over(person: Person, looker: Looker, anna: Session, standing: dict[str, str]) -> None:
    """The manager's side: no link yet, the form of one, one that was made, the list of links."""
    user = unique("axe-handover")
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(standing["bucket"], "list")]})
    page = person("anna")
    settled(page, f"{ATLAS}/users/{user}")
    looker.look(page, "no link yet")
    page.get_by_role("button", name="Make a link").click()
    looker.look(page, "the form of a link")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_test_id("handover-url")).to_be_visible()
    looker.look(page, "a link that was made")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Not opened yet")).to_be_visible()
    looker.look(page, "the links")
    page.get_by_role("button", name="Rotate the keys").click()
    looker.look(page, "a rotation to be begun")


def test_the_third_party_s_page(visit: Visit, looker: Looker, anna: Session, standing: dict[str, str]) -> None:
    """Before the click, asked for a passphrase, refused, with the key, with a dead link, with less than a link."""
    user = unique("axe-third")
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(standing["bucket"], "list", prefix="in/")]})
    url = hand_over(anna, user, passphrase="quiet-otter-seven-lamps")["url"]
    page = visit().page

    page.goto(url)
    expect(page.get_by_role("button", name=SHOW)).to_be_enabled()
    looker.look(page, "before the key is shown")
    show(page)
    page.get_by_label("Passphrase").fill("not the passphrase")
    page.get_by_role("button", name=SHOW).click()
    expect(page.get_by_text("You have 4 tries left.")).to_be_visible()
    looker.look(page, "a wrong passphrase")
    page.get_by_label("Passphrase").fill("quiet-otter-seven-lamps")
    show(page)
    expect(page.get_by_role("heading", name="Your access key")).to_be_visible()
    page.get_by_role("button", name="Copy Secret access key").click()
    looker.look(page, "the key")

    again = visit().page
    again.goto(url)
    again.get_by_role("button", name=SHOW).click()
    expect(again.get_by_role("heading", name="This link no longer works")).to_be_visible()
    looker.look(again, "a dead link")
    again.goto("/handovers/none")
    looker.look(again, "a link without its end")
