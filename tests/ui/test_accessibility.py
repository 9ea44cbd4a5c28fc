"""For everybody: axe finds nothing on any page, on a desk and on a phone, in light and dark; no page scrolls sideways.

https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md lists what is looked for; the version is
web/package.json's. What axe cannot see, the keyboard's way through the pages, is tests/ui/test_keyboard.py's.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from local.client import Session
from tests.e2e.credentials import OWNER
from tests.ui.conftest import DESK, PHONE, Person, Visit
from tests.ui.looking import Looker, settled
from tests.ui.test_changes import PATIENCE, state, unique
from tests.ui.test_first_steps import ATLAS, live
from tests.ui.test_not_loaded import go_to_operations, says_that_it_could_not_be_loaded

pytestmark = pytest.mark.ui

BUCKET = {**OWNER, "dataClass": "internal"}


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


def test_axe_finds_what_is_wrong(visit: Visit) -> None:
    """What looks is not blind: a button without a name and a page that is too wide, made on purpose, are told."""
    looker, page = Looker(DESK, PHONE), visit().page
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
