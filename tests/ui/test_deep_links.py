"""Addresses: each page is reached by its own, through the sign-in and after a reload, with what it showed."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from local.client import Session
from local.endpoints import Endpoints
from tests.e2e.credentials import OWNER, grant, put
from tests.ui.conftest import Person
from tests.ui.test_changes import unique

pytestmark = pytest.mark.ui

BUCKET = unique("deep")
USER = unique("deep-user")


@pytest.fixture(scope="module")
def change(endpoints: Endpoints) -> Iterator[str]:
    """Make a bucket and a user of atlas, and give the id of the bucket's change."""
    with Session(endpoints, "anna@example.com") as anna:
        change = put(anna, f"buckets/{BUCKET}", {**OWNER, "dataClass": "internal"})["id"]
        put(anna, f"users/{USER}", {**OWNER, "grants": [grant(BUCKET, "list")]})
        yield change


PAGES = {
    "/": "Projects",
    f"/projects/atlas?q={BUCKET}&kind=bucket": BUCKET,
    "/projects/atlas/new/buckets": "Create bucket",
    "/projects/atlas/new/users": "Create user",
    "/projects/atlas/new/sftp-users": "Create SFTP user",
    f"/projects/atlas/buckets/{BUCKET}": "How it stands",
    f"/projects/atlas/users/{USER}": "Access keys",
    f"/projects/atlas/buckets/{BUCKET}/edit": f"Edit {BUCKET}",
    "/projects/atlas/permissions": "Permissions",
    f"/projects/atlas/changes?resource=bucket%2F{BUCKET}&action=create": "What was found",
    "/projects/atlas/changes/{change}": "What was asked for",
    "/projects/atlas/operations": "Operations",
    "/projects/atlas/members": "Members",
    "/no/such/page": "There is no such page",
}
"""Every kind of address, and what its page shows."""


def shows(page: Page, address: str, words: str) -> None:
    """Wait until the page shows what it should, at that very address."""
    expect(page.locator("main").get_by_text(words, exact=True).first).to_be_visible()
    parts = urlsplit(page.url)
    assert f"{parts.path}?{parts.query}".removesuffix("?") == address


def test_every_address_survives_a_reload(person: Person, change: str) -> None:
    """The same page with the same content, search and filters included."""
    page = person("olga")

    for template, words in PAGES.items():
        address = template.replace("{change}", change)
        page.goto(address)
        shows(page, address, words)
        page.reload()
        shows(page, address, words)


@pytest.mark.parametrize("template", [each for each in PAGES if "?" in each or "{" in each])
def test_a_link_that_was_sent_is_reached_through_the_sign_in(person: Person, change: str, template: str) -> None:
    """Who opens it without a session signs in and is there, with what the address says."""
    address = template.replace("{change}", change)

    page = person("olga", address)

    shows(page, address, PAGES[template])


def test_going_back_and_forth_is_the_browser_s(person: Person, change: str) -> None:
    """A page that was gone to by a link is left by the browser's own button, and come back to."""
    page = person("olga", "/projects/atlas/changes")
    page.goto(f"/projects/atlas/changes?resource=bucket%2F{BUCKET}")
    page.get_by_role("link", name=f"Creating bucket {BUCKET}: see the change").click()
    expect(page.get_by_role("heading", name="What was asked for")).to_be_visible()

    page.go_back()
    expect(page.get_by_role("heading", name=re.compile("^What was found"))).to_be_visible()
    page.go_forward()

    expect(page).to_have_url(re.compile(rf"/changes/{change}$"))
    expect(page.get_by_role("heading", name="What was asked for")).to_be_visible()


def test_a_search_loses_no_letter_and_stands_in_the_address(person: Person) -> None:
    """However quickly it is typed, and wherever; a link and the browser's buttons change it with the page."""
    page = person("anna", "/projects/atlas?q=nothing")
    search = page.get_by_label("Search the resources")
    search.press("Home")

    search.press_sequentially("as quick as can be: ", delay=5)

    expect(search).to_have_value("as quick as can be: nothing")
    expect(page).to_have_url(re.compile(r"\?q=as\+quick\+as\+can\+be%3A\+nothing$"))
    page.get_by_role("link", name="Resources", exact=True).click()
    expect(search).to_have_value("")
    page.go_back()
    expect(search).to_have_value("as quick as can be: nothing")
