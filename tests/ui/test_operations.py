"""The operators' page and the members': what is locked, what needs somebody, reconcile, and who is in a project."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from local.aws import client
from local.client import Session
from local.endpoints import Endpoints
from tests.ui.conftest import PHONE, Person
from tests.ui.test_changes import PATIENCE, unique
from tests.ui.test_first_steps import ATLAS, live

pytestmark = pytest.mark.ui

OPERATIONS = f"{ATLAS}/operations"
MEMBERS = f"{ATLAS}/members"
NOT_YET = "/projects/borealis/members"
SPEC = {"owner": "anna@example.com", "costCentre": "CC-1", "dataClass": "internal"}


@pytest.fixture
def without_ben(endpoints: Endpoints) -> Iterator[None]:
    """Take Ben out of borealis again, whatever the test has come to: others count on it."""
    yield
    with Session(endpoints, "olga@example.com") as olga:
        for each in olga.http.get("projects/borealis/members").raise_for_status().json()["items"]:
            if each["person"]["email"] == "ben@example.com":
                olga.http.delete(f"projects/borealis/members/{each['person']['id']}").raise_for_status()


def ask_for(name: str, endpoints: Endpoints, *, wait: bool = False) -> None:
    """Have Anna ask for a bucket of atlas by the API, and wait for the end of its creation if told to."""
    with Session(endpoints, "anna@example.com") as anna:
        asked = anna.http.put(f"{ATLAS[1:]}/buckets/{name}", json=SPEC).raise_for_status().json()
        if wait:
            anna.wait_for_change("atlas", asked["change"]["id"])


def test_a_lock_of_a_running_change_is_shown_and_not_broken(person: Person, endpoints: Endpoints) -> None:
    """With its holder, its change and the API's own sentence; it goes by itself as the change ends."""
    olga = person("olga", OPERATIONS)
    live(olga)
    name = unique("slow-40-held")
    ask_for(name, endpoints)
    row = olga.get_by_role("grid", name="Locked resources").get_by_role("row").filter(has_text=name)

    expect(row).to_contain_text("anna@example.com", timeout=PATIENCE)
    expect(row.get_by_role("link", name=f"Follow it: the change of {name}")).to_have_attribute(
        "href", re.compile("/changes/chg-")
    )
    row.get_by_role("button", name=f"Break the lock of {name}").click()
    dialog = olga.get_by_role("dialog")
    expect(dialog).to_contain_text("It stops nothing")
    dialog.get_by_role("button", name="Break the lock").click()

    expect(dialog).to_contain_text("The lock stays", timeout=PATIENCE)
    expect(dialog).to_contain_text(re.compile("still runs|is freed by itself"))
    dialog.get_by_role("button", name="Cancel").click()
    expect(row).to_have_count(0, timeout=2 * PATIENCE)


def test_who_is_no_operator_sees_why_or_finds_nothing_to_press(person: Person) -> None:
    """A manager's buttons are disabled with the reason; an auditor has none."""
    ben, aude = person("ben", OPERATIONS), person("aude", OPERATIONS, viewport=PHONE)

    button = ben.get_by_role("button", name="Reconcile now")
    expect(button).to_be_disabled(timeout=PATIENCE)
    button.hover(force=True)
    expect(ben.get_by_role("tooltip")).to_have_text("Only an operator has the project compared now.")
    expect(aude.get_by_role("heading", name="Reconcile")).to_be_visible(timeout=PATIENCE)
    expect(aude.get_by_text("Last verified").or_(aude.get_by_text("It was not compared yet"))).to_be_visible(
        timeout=PATIENCE
    )
    expect(aude.get_by_role("button", name=re.compile("Reconcile now|Break the lock"))).to_have_count(0)


def test_what_failed_waits_for_somebody_with_its_cause(person: Person, endpoints: Endpoints) -> None:
    """Its row leads to the resource and to the change that failed."""
    name = unique("fail-create-waiting")
    ask_for(name, endpoints, wait=True)
    anna = person("anna", OPERATIONS)
    row = anna.get_by_role("grid", name="What needs somebody").get_by_role("row").filter(has_text=name)

    expect(row).to_contain_text("Creation failed", timeout=PATIENCE)
    expect(row).to_contain_text("Try again, once its cause is out of the way")
    expect(row.get_by_role("link", name=f"See the change of {name}")).to_be_visible()
    row.get_by_role("link", name=name, exact=True).click()
    expect(anna).to_have_url(re.compile(f"/buckets/{name}$"))


def test_an_operator_has_the_project_compared_and_sees_what_was_found(person: Person) -> None:
    """The run is told while it is under way, and its findings without a reload; the list of runs has it."""
    page = person("olga", OPERATIONS)
    live(page)
    page.get_by_role("button", name="Reconcile now").click()

    run = page.get_by_test_id("reconcile-run")
    expect(run).to_contain_text(re.compile("Comparing every stack|Compared:"), timeout=PATIENCE)
    expect(run).to_contain_text("Compared:", timeout=2 * PATIENCE)
    expect(page.get_by_text("Last verified")).to_be_visible()
    page.get_by_role("button", name="The last runs").click()
    runs = page.get_by_role("grid", name="The last runs of reconcile").get_by_role("row")
    expect(runs.nth(1)).to_be_visible(timeout=PATIENCE)


def test_what_a_run_found_is_told_on_every_open_page(person: Person, endpoints: Endpoints) -> None:
    """A row that was lost is found: two pages that are open on the project tell it, by the socket's message alone."""
    lost = unique("lost-row")
    ask_for(lost, endpoints, wait=True)
    first, operations = person("ben"), person("aude")
    told = heard(first)
    first.goto(ATLAS)
    operations.goto(OPERATIONS)
    live(first)
    live(operations)
    expect(first.get_by_test_id("verified").or_(first.get_by_text("Not compared with AWS yet"))).to_be_visible(
        timeout=PATIENCE
    )
    client("dynamodb", endpoints.aws).delete_item(
        TableName=endpoints.table, Key={"pk": {"S": "RESOURCES#atlas"}, "sk": {"S": f"RESOURCE#bucket#{lost}"}}
    )

    with Session(endpoints, "olga@example.com") as olga:
        olga.http.post(f"{ATLAS[1:]}/reconcile").raise_for_status()

    expect(first.get_by_test_id("verified")).to_contain_text(
        re.compile(r"\d+ mismatch.*repaired"), timeout=2 * PATIENCE
    )
    # The newest run comes first; one before it may have found something, too.
    expect(operations.get_by_text(re.compile(r"^\d+, \d+ repaired$")).first).to_be_visible(timeout=PATIENCE)
    assert any(message.get("type") == "project" and message["reconcile"]["mismatches"] > 0 for message in told)


def heard(page: Page) -> list[dict[str, Any]]:
    """Give the list that every message of the page's sockets is added to, from the next address on."""
    messages: list[dict[str, Any]] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: messages.append(json.loads(frame))))
    return messages


def choose_role(page: Page, role: str, button: str) -> None:
    """Choose a role in the dialog and send it."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=role).check()
    dialog.get_by_role("button", name=button, exact=True).click()


@pytest.mark.usefixtures("without_ben")
def test_an_operator_lets_somebody_in_changes_their_role_and_takes_them_out(person: Person) -> None:
    """By e-mail, and by a keyboard; the list shows each only after the API has said yes."""
    page = person("olga", NOT_YET)
    page.get_by_role("button", name="Add a member").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="E-mail").fill("ben@example.com")
    page.keyboard.press("Enter")
    row = page.get_by_role("grid", name="Members").get_by_role("row").filter(has_text="ben@example.com")
    expect(row).to_contain_text("Looks at everything and changes nothing.", timeout=PATIENCE)

    row.get_by_role("button", name="Change role of Ben Manager").click()
    choose_role(page, "Manager", "Change the role")
    expect(row).to_contain_text("Creates, changes and deletes.", timeout=PATIENCE)
    row.get_by_role("button", name="Remove Ben Manager").click()
    dialog.get_by_role("button", name="Remove", exact=True).click()

    expect(row).to_have_count(0, timeout=PATIENCE)
    expect(page.get_by_text("Ben Manager is out of the project.")).to_be_visible()


@pytest.mark.usefixtures("without_ben")
def test_who_was_taken_out_is_told_so_and_sees_nothing_of_the_project_any_more(
    person: Person, endpoints: Endpoints
) -> None:
    """At once, though nothing is touched; nothing is called live. Who was added again tries again."""
    with Session(endpoints, "olga@example.com") as olga:
        ben_in_it = {"email": "ben@example.com", "role": "auditor"}
        added = olga.http.post("projects/borealis/members", json=ben_in_it).raise_for_status().json()
        page = person("ben", "/projects/borealis/changes")
        live(page)

        olga.http.delete(f"projects/borealis/members/{added['person']['id']}").raise_for_status()

        expect(page.get_by_role("heading", name="You are not a member of this project any more")).to_be_visible()
        expect(page.get_by_test_id("connection")).to_have_count(0)
        expect(page.get_by_role("heading", name="Changes")).to_have_count(0)

        olga.http.post("projects/borealis/members", json=ben_in_it).raise_for_status()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("heading", name="Changes")).to_be_visible()
        live(page)


def test_the_last_operator_stays_and_a_stranger_is_told_of(person: Person) -> None:
    """Refusals are the API's own sentences, in the dialog that asked."""
    page = person("olga", MEMBERS)
    page.get_by_role("button", name="Change role of Olga Operator").click()
    choose_role(page, "Auditor", "Change the role")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("You are the last operator of 'atlas'", timeout=PATIENCE)
    dialog.get_by_role("button", name="Cancel").click()

    page.get_by_role("button", name="Add a member").click()
    dialog.get_by_role("textbox", name="E-mail").fill("nobody@example.com")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_contain_text("Nobody signs in to Stowage as nobody@example.com", timeout=PATIENCE)


def test_who_does_not_keep_the_members_is_told_who_does(person: Person) -> None:
    """A manager and, on a phone, an auditor: no error, their own role, and nothing to press."""
    anna, aude = person("anna", MEMBERS), person("aude", MEMBERS, viewport=PHONE)

    for page, own in ((anna, "manager"), (aude, "auditor")):
        main = page.get_by_role("main")
        expect(main.get_by_text("The members are kept by others")).to_be_visible(timeout=PATIENCE)
        expect(main).to_contain_text(f"Your own role: {own}.")
        expect(main.get_by_role("button", name=re.compile("Add|Change|Remove"))).to_have_count(0)
    assert aude.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
