"""The console's frame: signing in, coming back to where one wanted to go, seeing what others do, and the policy."""

import re
import secrets
from http import HTTPStatus

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import PHONE, Person, Visit

pytestmark = pytest.mark.ui

ATLAS = "/projects/atlas"


def looking_for(words: str) -> str:
    """Give the address of the resources that hold those words: other tests' fill the table's first page."""
    return f"{ATLAS}?q={words}"


def create_bucket(page: Page, name: str) -> None:
    """Ask for a bucket by the form, up to its last click."""
    page.goto(f"{ATLAS}/new/buckets")
    page.get_by_label("Bucket name").fill(name)
    page.get_by_label("Owner").fill("anna@example.com")
    page.get_by_label("Cost centre").fill("CC-1")


def live(page: Page) -> None:
    """Wait until the page's socket is subscribed."""
    expect(page.get_by_test_id("connection")).to_have_text("Live", timeout=30_000)


def test_a_manager_signs_in_and_sees_their_projects(person: Person) -> None:
    """By Cognito's hosted pages; each project with what they may do there."""
    page = person("ben")

    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    expect(page.get_by_role("link", name="Atlas")).to_be_visible()
    expect(page.get_by_role("link", name="Borealis")).to_have_count(0)


def test_a_deep_link_is_reached_through_the_sign_in_and_survives_a_reload(person: Person) -> None:
    """The tokens are the tab's; the address is what was asked for, search included."""
    page = person("anna", f"{ATLAS}?q=nothing-like-it&kind=bucket")

    for _ in range(2):
        expect(page).to_have_url(re.compile(r"/projects/atlas\?q=nothing-like-it&kind=bucket$"))
        expect(page.get_by_role("heading", name="Resources")).to_be_visible()
        page.reload()


def test_two_people_see_each_others_creation_and_its_end(person: Person) -> None:
    """From the click in one browser to the row in the other, one of them a phone; how soon, test_live measures."""
    name = f"ui-first-{secrets.token_hex(4)}"
    anna, ben = person("anna"), person("ben", looking_for(name), viewport=PHONE)
    live(ben)
    create_bucket(anna, name)
    anna.get_by_role("button", name="Create", exact=True).click()

    row = ben.get_by_role("link", name=name)
    expect(row).to_be_visible()
    expect(anna.get_by_text(f"The bucket {name} was created.")).to_be_visible()
    card = ben.get_by_role("listitem").filter(has=row)
    expect(card.locator("[data-status=ACTIVE]")).to_be_visible()


def test_a_page_that_loads_from_elsewhere_is_told(visit: Visit) -> None:
    """The listener that fails every test of this folder hears a violation; here it is made on purpose."""
    visitor = visit()
    visitor.page.goto("/handovers/none")  # the page that asks nobody to sign in

    visitor.page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))"
    )

    assert visitor.page.evaluate("window.x") is None
    assert len(visitor.faults) == 1
    visitor.faults.clear()


def test_who_signs_out_is_out_everywhere(person: Person) -> None:
    """The tokens are gone and Cognito has ended them; another window of the same browser says so where it stands."""
    page = person("anna", ATLAS)
    with page.context.expect_page() as opened:
        page.evaluate(f"window.open('{ATLAS}')")  # a copy of the tab's tokens goes with it
    other = opened.value
    expect(other.get_by_role("heading", name="Resources")).to_be_visible()

    page.get_by_role("button", name="Anna Manager").click()
    with page.expect_response("**/oauth2/revoke") as revoked:
        page.get_by_role("menuitem", name="Sign out").click()

    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert revoked.value.status == HTTPStatus.OK
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('oidc.user'))") == []
    expect(other.get_by_text("Your session has ended")).to_be_visible()


def test_an_expired_token_is_renewed_without_a_word(person: Person) -> None:
    """The page goes on: the refresh token gives a new access token, and nobody is sent anywhere."""
    page = person("anna", ATLAS)
    live(page)
    page.evaluate(
        """() => {
            const key = Object.keys(sessionStorage).find(each => each.startsWith('oidc.user'));
            const user = JSON.parse(sessionStorage.getItem(key));
            sessionStorage.setItem(key, JSON.stringify({...user, expires_at: 1, access_token: 'old'}));
        }"""
    )

    page.reload()

    live(page)
    expect(page.get_by_role("heading", name="Resources")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"{ATLAS}$"))
