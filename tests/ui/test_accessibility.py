"""For everybody: axe finds nothing on any page, on a desk and on a phone, in light and dark; no page scrolls sideways.

https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md lists what is looked for; the version is
web/package.json's. What axe cannot see, the keyboard's way through the pages, is tests/ui/test_keyboard.py's.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, Route, expect

from local.client import Session
from local.endpoints import Endpoints
from tests.e2e.credentials import OWNER, grant, hand_over, put
from tests.ui.conftest import DESK, PHONE, Person, Visit
from tests.ui.test_changes import PATIENCE, state, unique
from tests.ui.test_first_steps import ATLAS, live
from tests.ui.test_handover import SHOW, show
from tests.ui.test_not_loaded import go_to_operations, says_that_it_could_not_be_loaded

pytestmark = pytest.mark.ui

AXE = (Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text()
RUN = "axe.run(document, {resultTypes: ['violations']})"
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 partner@example.com"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
BUCKET = {**OWNER, "dataClass": "internal"}


class Looker:
    """Looks at pages in both sizes and schemes, and keeps what is wrong with them."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.looks = 0
        self.found: list[str] = []

    def look(self, page: Page, what: str) -> None:
        """Run axe on the page as it is now, four times, and see that nothing sticks out at its side."""
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(AXE)
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.evaluate(PAINTED)
                self.looks += 1
                for violation in page.evaluate(RUN)["violations"]:
                    nodes = [node["html"][:200] for node in violation["nodes"]]
                    self._note(what, size, scheme, f"{violation['id']}: {violation['help']} {nodes}")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > size["width"]:
                self._note(what, size, "", f"is {width} px wide")

    def _note(self, *told: object) -> None:
        self.found.append(" ".join(map(str, told)))


@pytest.fixture
def looker(tell_figure: Callable[[str], None], request: pytest.FixtureRequest) -> Iterator[Looker]:
    """Give what looks; nothing may be wrong in the end."""
    looker = Looker()
    yield looker
    tell_figure(f"ui: axe looked {looker.looks} times and found {len(looker.found)}: {request.node.name}")
    assert looker.found == []


@pytest.fixture(scope="module")
def anna(endpoints: Endpoints) -> Iterator[Session]:
    """Give a manager at the API."""
    with Session(endpoints, "anna@example.com") as session:
        yield session


@pytest.fixture(scope="module")
def standing(anna: Session) -> dict[str, str]:
    """Give a resource of each kind, and the change that made the bucket."""
    bucket, user, sftp = unique("axe-bucket"), unique("axe-user"), unique("axe-sftp")
    told = {**BUCKET, "description": "What it is for", "tags": {"team": "billing"}, "lifecycleDays": 30}
    change = put(anna, f"buckets/{bucket}", told)["id"]
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(bucket, "list", "write", prefix="in/")]})
    home = [{"path": "/in", **grant(bucket, "list", "write", prefix="in/")}]
    put(anna, f"sftp-users/{sftp}", {**OWNER, "publicKeys": [PUBLIC_KEY], "home": home})
    return {"bucket": bucket, "user": user, "sftp": sftp, "change": change}


def settled(page: Page, address: str) -> None:
    """Go to a page and wait until nothing is being read any more."""
    page.goto(address)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("main [role=status]").filter(has_text=" …")).to_have_count(0)


def test_every_page_of_the_console(person: Person, looker: Looker, standing: dict[str, str]) -> None:
    """As an operator sees them, who has all buttons: lists, forms, resources, the matrix, the audit, the rest."""
    page = person("olga")

    for address in (
        "/",
        ATLAS,
        f"{ATLAS}/new/buckets",
        f"{ATLAS}/new/users",
        f"{ATLAS}/new/sftp-users",
        f"{ATLAS}/buckets/{standing['bucket']}",
        f"{ATLAS}/buckets/{standing['bucket']}/edit",
        f"{ATLAS}/users/{standing['user']}",
        f"{ATLAS}/users/{standing['user']}/edit",
        f"{ATLAS}/sftp-users/{standing['sftp']}",
        f"{ATLAS}/sftp-users/{standing['sftp']}/edit",
        f"{ATLAS}/permissions",
        f"{ATLAS}/changes",
        f"{ATLAS}/operations",
        f"{ATLAS}/members",
        "/no/such/page",
    ):
        settled(page, address)
        looker.look(page, address)


def test_what_an_auditor_sees(person: Person, looker: Looker, standing: dict[str, str]) -> None:
    """Disabled buttons with their reasons, a matrix of words."""
    page = person("aude")

    for address in (ATLAS, f"{ATLAS}/buckets/{standing['bucket']}", f"{ATLAS}/permissions", f"{ATLAS}/new/buckets"):
        settled(page, address)
        looker.look(page, address)


def test_pages_without_anything_to_show(person: Person, looker: Looker) -> None:
    """A project where nothing is yet, a search that finds nothing, a resource and a project that are not there."""
    page = person("olga")

    def empty(route: Route) -> None:
        route.fulfill(json={"items": [], "cursor": None, "seq": 0})

    page.route("**/v1/projects/borealis/*", empty)
    for address, words in (
        ("/projects/borealis", "Nothing is here yet"),
        ("/projects/borealis/permissions", "Nobody has any permission yet"),
        ("/projects/borealis/changes", "Nothing was changed yet"),
        (f"{ATLAS}?q=nothing-is-called-like-this", "Nothing matches"),
        (f"{ATLAS}/changes?actor=nobody%40example.com", "No change is like that"),
        (f"{ATLAS}/buckets/nowhere", "There is no bucket nowhere"),
        (f"{ATLAS}/changes/chg-{'0' * 32}", "Not found"),
        ("/projects/nowhere", "Not found"),
    ):
        settled(page, address)
        expect(page.locator("main").get_by_text(words).first).to_be_visible()
        looker.look(page, address)


def test_a_change_that_runs_one_that_succeeded_and_one_that_failed(
    person: Person, looker: Looker, anna: Session, standing: dict[str, str]
) -> None:
    """The graph in each of its colours, with the whole machine and the raw events, too."""
    running = ask(anna, unique("slow-40-axe"))
    failed = ask(anna, unique("fail-create-axe"))
    page = person("olga", f"{ATLAS}/changes/{running}")
    expect(state(page, "AwaitStack")).to_have_attribute("data-standing", "RUNNING", timeout=PATIENCE)
    looker.look(page, "a running change")
    expect(page.get_by_text("so far")).to_be_visible()
    settled(page, ATLAS)
    looker.look(page, "a table with a lock")

    settled(page, f"{ATLAS}/changes/{standing['change']}")
    page.get_by_label("Every state").check()
    page.get_by_role("button", name="The states as a table").click()
    page.get_by_role("button", name="Raw events").click()
    expect(page.get_by_text(re.compile(r"\d+ · ExecutionStarted"))).to_be_visible()
    looker.look(page, "a change that succeeded")

    anna.wait_for_change("atlas", failed)
    settled(page, f"{ATLAS}/changes/{failed}")
    expect(page.get_by_test_id("cause")).to_be_visible()
    looker.look(page, "a change that failed")


def ask(session: Session, bucket: str) -> str:
    """Ask for a bucket and give the change's id."""
    answer = session.http.put(f"projects/atlas/buckets/{bucket}", json=BUCKET).raise_for_status()
    return str(answer.json()["change"]["id"])


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


def test_pages_that_are_not_shown(person: Person, looker: Looker) -> None:
    """One whose files do not arrive, and those of a project that somebody is taken out of."""
    page = person("olga", "/projects/borealis")
    live(page)
    page.context.set_offline(True)
    go_to_operations(page)
    says_that_it_could_not_be_loaded(page)
    looker.look(page, "a page that could not be loaded")
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Operations", exact=True)).to_be_visible()  # by itself; then it is at rest

    page.set_viewport_size(DESK)
    settled(page, "/projects/borealis")
    refusal = {"type": "https://stowage.dev/problems/not-a-member", "title": "No", "status": 403, "detail": "No."}
    page.route("**/v1/projects/borealis/changes*", lambda route: route.fulfill(status=403, json=refusal))
    page.get_by_role("complementary").get_by_role("link", name="Changes", exact=True).click()
    expect(page.get_by_role("heading", name="You are not a member of this project any more")).to_be_visible()
    looker.look(page, "a project that one was taken out of")


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


def test_axe_finds_what_is_wrong(visit: Visit) -> None:
    """What looks is not blind: a button without a name and a page that is too wide, made on purpose, are told."""
    looker, page = Looker(), visit().page
    page.goto("/handovers/none")
    expect(page.get_by_role("heading", name="This link is not whole")).to_be_visible()
    page.evaluate(MISHAPS)

    looker.look(page, "mishaps")

    assert len([told for told in looker.found if "button-name" in told]) == 4
    assert len([told for told in looker.found if "px wide" in told]) == 1


MISHAPS: Any = """() => {
    const wide = document.createElement('div');
    wide.append(document.createElement('button'));
    wide.style.inlineSize = '800px';
    document.querySelector('main').append(wide);
}"""
