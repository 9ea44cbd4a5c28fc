"""The change's page, the audit and the resource's page: live, told why, found again, exported."""

import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from local.aws import HUB_ACCOUNT, client
from local.endpoints import Endpoints
from tests.ui.conftest import PHONE, Person
from tests.ui.test_first_steps import ATLAS, create_bucket, live

pytestmark = pytest.mark.ui

PATIENCE = 45_000
WAY = ("AcquireLock", "SubmitStackOperation", "AwaitStack", "UpdateMirror", "ReleaseLock", "ChangeSucceeded")
"""The states of a success, but for the two that tell it: on a busy machine one may be given up."""


def unique(prefix: str) -> str:
    """Give a name that no other test uses."""
    return f"{prefix}-{secrets.token_hex(4)}"


def ask_for_bucket(page: Page, name: str) -> None:
    """Create a bucket by the form and go to its change, which may run still."""
    create_bucket(page, name)
    live(page)
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_role("region", name="Notifications").get_by_role("link", name="See the change").first.click()
    expect(page).to_have_url(re.compile(r"/changes/chg-[0-9a-f]{32}$"))


def created(page: Page, name: str) -> None:
    """Create a bucket and wait until it stands."""
    ask_for_bucket(page, name)
    expect(state(page, "ChangeSucceeded")).to_have_attribute("data-standing", "SUCCEEDED", timeout=PATIENCE)


def state(page: Page, name: str) -> Locator:
    """Give a state of the graph."""
    return page.locator(f".machine-state[data-state={name}]")


def test_the_graph_lights_up_while_a_creation_runs(person: Person) -> None:
    """Every state from still to come to done, without a reload; chosen, one tells what it got and what it gave."""
    page = person("anna", ATLAS)
    name = unique("slow-8-graph")
    ask_for_bucket(page, name)

    expect(state(page, "ChangeSucceeded")).to_have_attribute("data-standing", "AHEAD")
    expect(state(page, "AwaitStack")).to_have_attribute("data-standing", "RUNNING", timeout=PATIENCE)
    expect(page.get_by_text("so far")).to_be_visible()
    expect(page.get_by_role("heading", name="What CloudFormation does")).to_be_visible(timeout=PATIENCE)
    for each in WAY:
        expect(state(page, each)).to_have_attribute("data-standing", "SUCCEEDED", timeout=PATIENCE)

    state(page, "SubmitStackOperation").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="AwaitStack")).to_be_visible()
    expect(page.get_by_role("region", name="Input")).to_contain_text(name)
    expect(page.get_by_role("region", name="Output")).to_contain_text("CREATE_COMPLETE")
    expect(page.get_by_role("heading", name="What was asked for")).to_be_visible()
    expect(page.get_by_text("CC-1")).to_be_visible()


def test_a_failed_creation_tells_its_cause_first_and_what_helps(person: Person) -> None:
    """The reason of CloudFormation's first failing event above everything, at that address after a reload, too."""
    page = person("anna", ATLAS)
    name = unique("fail-create-once-cause")
    ask_for_bucket(page, name)
    cause = page.get_by_test_id("cause")

    expect(cause).to_contain_text("Creation failed", timeout=PATIENCE)
    for _ in range(2):
        expect(cause).to_contain_text("Why:")
        expect(cause).to_contain_text(re.compile("internal", re.IGNORECASE))
        expect(state(page, "AwaitStack")).to_have_attribute("data-standing", "FAILED")
        expect(page.get_by_role("heading", name="AwaitStack")).to_be_visible()
        page.reload()

    page.get_by_role("button", name="Raw events").click()
    expect(page.get_by_text(re.compile(r"\d+ · ExecutionStarted"))).to_be_visible()
    failed = page.url
    page.get_by_role("button", name="Try again").click()
    expect(page).not_to_have_url(failed)
    expect(state(page, "ChangeSucceeded")).to_have_attribute("data-standing", "SUCCEEDED", timeout=PATIENCE)


def test_a_name_that_somebody_has_leads_to_another_one(person: Person, endpoints: Endpoints) -> None:
    """What to do is told and stands first, trying again last; the form has all but the name, and makes it."""
    name = unique("slow-5-taken")
    page = person("anna", ATLAS)
    ask_for_bucket(page, name)
    somebody = client("s3", endpoints.aws, HUB_ACCOUNT)  # is quicker; one that is taken already is refused at once
    somebody.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": endpoints.region})

    expect(page.get_by_test_id("cause")).to_contain_text("Choose another name", timeout=PATIENCE)
    ways = page.get_by_role("button").filter(has_text=re.compile("^(Choose another name|Try again)$"))
    expect(ways).to_have_text(["Choose another name", "Try again"])
    ways.first.click()

    expect(page).to_have_url(re.compile(f"/new/buckets\\?like={name}$"))
    expect(page.get_by_label("Owner")).to_have_value("anna@example.com")
    expect(page.get_by_label("Bucket name")).to_have_value("")
    page.get_by_label("Bucket name").fill(other := unique("free"))
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text(f"The bucket {other} was created.")).to_be_visible(timeout=PATIENCE)
    somebody.delete_bucket(Bucket=name)


def test_an_update_that_was_rolled_back_is_not_called_failed(person: Person) -> None:
    """The page says that what stood before stands, and shows what was to change."""
    page = person("anna", ATLAS)
    name = unique("fail-update-back")
    created(page, name)
    page.goto(f"{ATLAS}/buckets/{name}/edit")
    page.get_by_label("Cost centre").fill("CC-2")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("region", name="Notifications").get_by_role("link", name="See the change").first.click()

    cause = page.get_by_test_id("cause")
    expect(cause).to_contain_text("Rolled back: stands as before", timeout=PATIENCE)
    expect(cause).to_contain_text("stands and serves")
    row = page.get_by_role("row").filter(has_text="Cost centre")
    expect(row).to_contain_text("CC-1")
    expect(row).to_contain_text("CC-2")
    expect(row).to_contain_text("Changed")


def test_a_running_change_is_stopped_by_who_confirms_it(person: Person) -> None:
    """The button is there while the change runs, asks first, and the page ends with stopped, which is no error.

    Its message is the change's own, and turns into its end. Who opens the page meanwhile sees who asked, and has no
    second button.
    """
    page, other = person("anna", ATLAS), person("ben", ATLAS)
    ask_for_bucket(page, unique("slow-15-stop"))
    expect(state(page, "AwaitStack")).to_have_attribute("data-standing", "RUNNING", timeout=PATIENCE)

    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Stop the change").click()

    notifications = page.get_by_role("region", name="Notifications")
    expect(notifications).to_contain_text("is being stopped")
    other.goto(page.url)
    expect(other.get_by_text("anna@example.com asked for that")).to_be_visible()
    for each in (page, other):
        expect(each.get_by_role("button", name="Stop", exact=True).and_(each.locator(":enabled"))).to_have_count(0)
        expect(each.get_by_test_id("cause")).to_contain_text("Stopped", timeout=PATIENCE)
        expect(each.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    expect(notifications).to_contain_text("was stopped")
    expect(notifications).not_to_contain_text("is being stopped")


def test_who_may_not_write_sees_why_on_the_resource_s_page(person: Person) -> None:
    """An auditor's buttons are disabled with the reason; the page shows spec and outputs all the same."""
    anna = person("anna", ATLAS)
    name = unique("seen-by-auditor")
    created(anna, name)
    page = person("aude", f"{ATLAS}/buckets/{name}")

    expect(page.get_by_role("heading", name=name)).to_be_visible()
    for button in ("Edit", "Delete"):
        expect(page.get_by_role("button", name=button, exact=True)).to_be_disabled()
    page.get_by_role("button", name="Delete", exact=True).hover(force=True)
    expect(page.get_by_role("tooltip")).to_have_text("Auditors may look and not change.")
    expect(page.get_by_text("CC-1")).to_be_visible()


def test_a_deletion_asks_for_the_name_and_is_told_to_the_end(person: Person) -> None:
    """On a phone: the button waits for the name; then the page says that the resource is gone."""
    page = person("anna", ATLAS, viewport=PHONE)
    name = unique("to-be-deleted")
    created(page, name)
    page.goto(f"{ATLAS}/buckets/{name}")
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    last = dialog.get_by_role("button", name="Delete", exact=True)

    expect(last).to_be_disabled()
    dialog.get_by_role("textbox").fill(name)
    last.click()

    expect(page.get_by_text(f"There is no bucket {name}")).to_be_visible(timeout=PATIENCE)


def test_two_edits_of_the_same_version_meet_in_a_dialog_with_both_values(person: Person) -> None:
    """Who saves second sees what the other saved, and who; with that before them they save upon it by one click."""
    anna, ben = person("anna", ATLAS), person("ben", ATLAS)
    name = unique("edited-twice")
    created(anna, name)
    for page, cost_centre in ((anna, "CC-ANNA"), (ben, "CC-BEN")):
        page.goto(f"{ATLAS}/buckets/{name}/edit")
        page.get_by_label("Cost centre").fill(cost_centre)
    anna.get_by_role("button", name="Save").click()
    expect(anna.get_by_text(f"The bucket {name} was updated.")).to_be_visible(timeout=PATIENCE)

    ben.get_by_role("button", name="Compare").click()
    dialog = ben.get_by_role("dialog")
    row = dialog.get_by_role("row").filter(has_text="Cost centre")
    expect(row).to_contain_text("CC-ANNA")
    expect(row).to_contain_text("CC-BEN")
    expect(dialog).to_contain_text("anna@example.com")
    dialog.get_by_role("button", name="Save mine").click()

    expect(ben.get_by_text(f"The bucket {name} was updated.")).to_be_visible(timeout=PATIENCE)
    ben.goto(f"{ATLAS}/buckets/{name}")
    expect(ben.get_by_text("CC-BEN")).to_be_visible()


def test_a_name_that_is_there_already_is_told_there_and_no_edit_is_lost_without_a_word(
    person: Person,
) -> None:
    """The focus goes to the name, with the way to what has it; leaving asks, and asks no more once it was answered."""
    page = person("anna", ATLAS, viewport=PHONE)
    name = unique("there-already")
    created(page, name)
    create_bucket(page, name)
    page.get_by_role("button", name="Create", exact=True).click()

    expect(page.get_by_text("There is a bucket of this name already.")).to_be_in_viewport()
    expect(page.get_by_label("Bucket name")).to_be_focused()
    page.get_by_role("link", name="Open it").click()
    page.get_by_role("dialog").get_by_role("button", name="Stay here").click()
    page.get_by_label("Cost centre").fill("")
    page.get_by_label("Bucket name").fill(unique("another"))
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_label("Cost centre")).to_be_focused()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave", exact=True).click()
    expect(page).to_have_url(re.compile(f"{ATLAS}$"))


def test_the_audit_is_found_by_its_address_and_exported(person: Person, tmp_path: Path) -> None:
    """Filters stand in the address; the files hold what they find; a row leads to its change."""
    page = person("anna", ATLAS)
    name = unique("audited")
    created(page, name)
    page.goto(f"{ATLAS}/changes?resource=bucket%2F{name}")
    link = page.get_by_role("link", name=f"Creating bucket {name}: see the change")

    expect(link).to_be_visible()
    page.get_by_role("button", name=re.compile("^Outcome")).click()
    page.get_by_role("option", name="Rolled back: stands as before").click()
    expect(page.get_by_text("No change is like that")).to_be_visible()
    expect(page).to_have_url(re.compile("outcome=ROLLED_BACK"))
    page.get_by_role("button", name=re.compile("^Outcome")).click()
    page.get_by_role("option", name="Every outcome").click()

    saved = save(page, "CSV, for spreadsheets", tmp_path).splitlines()
    assert len(saved) == 2
    assert f",atlas,bucket,{name},create," in saved[1]
    assert f'"name": "{name}"' in save(page, "JSON", tmp_path)
    link.click()
    expect(page).to_have_url(re.compile(r"/changes/chg-[0-9a-f]{32}$"))


def save(page: Page, choice: str, folder: Path) -> str:
    """Export by one choice and give the file's text."""
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=choice).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path.read_text()
