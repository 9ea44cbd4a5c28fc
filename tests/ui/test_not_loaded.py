"""A page whose files do not arrive, since there is no network or an upgrade has renamed them: the console stays."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.ui.conftest import Person
from tests.ui.test_first_steps import ATLAS, live

pytestmark = pytest.mark.ui

FILES = re.compile(r"/assets/OperationsPage-[^/]+\.js$")


def go_to_operations(page: Page) -> None:
    """Go there by the navigation, as one does without a network."""
    page.get_by_role("complementary").get_by_role("link", name="Operations", exact=True).click()


def says_that_it_could_not_be_loaded(page: Page) -> None:
    """Wait for the sentence, with everything around it in its place."""
    expect(page.get_by_role("heading", name="This page could not be loaded")).to_be_visible()
    expect(page.get_by_role("link", name="Members", exact=True)).to_be_visible()
    expect(page.locator("#top")).to_contain_text("Stowage")


def test_a_page_that_was_opened_without_a_network_is_there_once_the_network_is(person: Person) -> None:
    """Nobody needs to do anything; trying in between does no harm."""
    page = person("olga", ATLAS)
    live(page)

    page.context.set_offline(True)
    go_to_operations(page)
    says_that_it_could_not_be_loaded(page)
    page.get_by_role("button", name="Try again").click()
    says_that_it_could_not_be_loaded(page)
    page.context.set_offline(False)

    expect(page.get_by_role("heading", name="Operations", exact=True)).to_be_visible()


def test_a_page_whose_files_an_upgrade_has_renamed_is_read_anew_by_itself_and_only_once(person: Person) -> None:
    """The document knows the new names. If that does not help, the page says so instead of loading for ever."""
    page = person("olga", ATLAS)
    live(page)
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=404)

    page.route(FILES, refuse)
    with page.expect_event("load"):
        go_to_operations(page)
    says_that_it_could_not_be_loaded(page)
    expect(page.get_by_role("button", name="Try again")).to_be_enabled()
    asked = len(refused)
    page.unroute(FILES)

    with page.expect_event("load"):
        page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Operations", exact=True)).to_be_visible()
    assert asked == len(refused)
