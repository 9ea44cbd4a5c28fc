"""With the keyboard alone: from the sign-in to a deletion, with the focus seen at every stop and never lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from local.endpoints import Endpoints
from tests.ui.conftest import PHONE, Person, Visit
from tests.ui.test_changes import PATIENCE, created, state, unique
from tests.ui.test_first_steps import ATLAS

pytestmark = pytest.mark.ui

STOPS = 90
"""More presses of Tab than that, and a page has no end for who cannot point."""
LOOKS = """element => {
    const parent = element.parentElement;
    const near = [element, parent, parent?.parentElement, ...parent?.children ?? []];
    const drawn = ['outline', 'boxShadow', 'border', 'backgroundColor', 'textDecoration', 'color'];
    return near.filter(Boolean).flatMap(each => [null, '::before', '::after'].map(pseudo => {
        const style = getComputedStyle(each, pseudo);
        return drawn.map(name => style[name]).join();
    })).join('|');
}"""
LEAVE = f"""() => {{
    const looks = {LOOKS};
    const element = document.activeElement;
    if (element.tabIndex < 0) {{ // put there by the page, and no stop
        window.left = null;
        return;
    }}
    window.left = {{element, looks: looks(element)}};
}}"""
UNSEEN = f"""() => {{
    const looks = {LOOKS};
    if (!window.left || !window.left.element.isConnected || window.left.element === document.activeElement) return null;
    const {{element, looks: focused}} = window.left;
    return looks(element) === focused ? element.outerHTML.slice(0, 300) : null;
}}"""
HIDDEN = """() => {
    const element = document.activeElement;
    const top = document.querySelector('#top');
    // The body has it between the last stop and the first, and lies under everything.
    if (!top || top.contains(element) || element === document.body) return null;
    const {x, y, width, height} = element.getBoundingClientRect();
    const hit = document.elementFromPoint(x + width / 2, y + height / 2);
    return hit && top.contains(hit) ? element.outerHTML.slice(0, 300) : null;
}"""


def step(page: Page, key: str = "Tab") -> None:
    """Go on: where the focus was must have been seen, and where it is now must not lie under the top bar."""
    page.evaluate(LEAVE)
    page.keyboard.press(key)
    assert page.evaluate(UNSEEN) is None, "had the focus, and looks without it as with it"
    assert page.evaluate(HIDDEN) is None, "has the focus under the top bar"


def has_focus(target: Locator) -> bool:
    """Tell whether the focus is on it."""
    return target.and_(target.page.locator(":focus")).count() > 0


def go_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until the target has the focus."""
    expect(target.first).to_be_visible(timeout=PATIENCE)
    for _ in range(STOPS):
        if has_focus(target):
            return
        step(page, key)
    raise AssertionError(f"{target} is not reached by {STOPS} presses of {key}")


def type_into(page: Page, label: str, text: str) -> None:
    """Go to a field and put a text in the place of what is there."""
    go_to(page, page.get_by_label(label))
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def press(page: Page, role: str, name: str | re.Pattern[str]) -> None:
    """Go to a button or link and press Enter on it."""
    go_to(page, page.get_by_role(role, name=name, exact=True))  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def signed_in(page: Page, endpoints: Endpoints) -> None:
    """Sign in by typing."""
    anna = endpoints.person("anna@example.com")
    page.goto("/")
    page.locator("input[name=username]").wait_for()
    for field, text in (("username", anna.email), ("password", anna.password)):
        go_to(page, page.locator(f"input[name={field}]"))
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.locator("#top").wait_for()


def test_the_main_job_is_done_with_the_keyboard_alone(visit: Visit, endpoints: Endpoints) -> None:
    """Sign in, open the project, create a bucket, follow it, edit it, delete it by its name: no pointer, focus seen."""
    page = visit().page
    name = unique("by-keyboard")
    signed_in(page, endpoints)

    press(page, "link", "Atlas")
    expect(page).to_have_url(re.compile(f"{ATLAS}$"))
    press(page, "button", "Create")
    expect(page.get_by_role("menuitem", name="Bucket")).to_be_focused()
    page.keyboard.press("Enter")
    type_into(page, "Bucket name", name)
    type_into(page, "Owner", "anna@example.com")
    type_into(page, "Cost centre", "CC-1")
    press(page, "button", "Create")

    press(page, "link", "See the change")
    expect(page).to_have_url(re.compile(r"/changes/chg-[0-9a-f]{32}$"))
    expect(state(page, "ChangeSucceeded")).to_have_attribute("data-standing", "SUCCEEDED", timeout=PATIENCE)
    go_to(page, page.locator(".machine-state"))
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="NotifyStarted")).to_be_visible()

    press(page, "link", name)
    expect(page).to_have_url(re.compile(f"/buckets/{name}$"))
    press(page, "button", "Edit")
    type_into(page, "Cost centre", "CC-2")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"The bucket {name} was updated.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("CC-2")).to_be_visible()

    press(page, "button", "Delete")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"There is no bucket {name}")).to_be_visible(timeout=PATIENCE)
    assert_in_content(page)  # the button that had it is gone


def test_the_first_stop_leads_past_the_navigation(person: Person) -> None:
    """The link is seen once it has the focus, and puts it into the content; so does each page that is gone to."""
    page = person("anna", f"{ATLAS}/changes")
    skip = page.get_by_role("link", name="Go to the content")
    expect(page.get_by_role("heading", name="Changes", exact=True)).to_be_visible()

    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#main').contains(document.activeElement)")

    press(page, "link", "Atlas")
    expect(page).to_have_url(re.compile(f"{ATLAS}$"))
    expect(page.locator("#main")).to_be_focused()


def test_a_dialog_takes_the_focus_keeps_it_and_gives_it_back(person: Person) -> None:
    """Tab goes round within it; Escape closes it, and the focus is on the button that had opened it."""
    page = person("anna", ATLAS)
    name = unique("dialogs")
    created(page, name)
    page.goto(f"{ATLAS}/buckets/{name}")
    button = page.get_by_role("button", name="Delete", exact=True)
    go_to(page, button)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox")).to_be_focused()

    for key in ("Tab", "Shift+Tab"):
        for _ in range(8):
            step(page, key)
            assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    page.keyboard.press("Escape")

    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def assert_in_content(page: Page) -> None:
    """Wait until the focus is within the content."""
    page.wait_for_function("() => document.querySelector('#main').contains(document.activeElement)")


def test_where_the_opener_has_gone_the_focus_goes_to_the_content(person: Person) -> None:
    """A deletion's button goes with what was deleted: the next stop is in the content."""
    page = person("anna", ATLAS)
    name = unique("openers")
    created(page, name)
    press(page, "link", name)
    press(page, "button", "Delete")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(f"There is no bucket {name}")).to_be_visible(timeout=PATIENCE)

    assert_in_content(page)
    page.keyboard.press("Tab")
    assert_in_content(page)


def test_on_a_phone_with_a_keyboard_the_navigation_opens_and_leads_on(person: Person) -> None:
    """Behind a button that says whether it is open; a page that was gone to closes it."""
    page = person("anna", ATLAS, viewport=PHONE)
    menu = page.get_by_role("button", name="Atlas", exact=True)
    go_to(page, menu)
    expect(menu).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")

    press(page, "link", "Permissions")

    expect(page.get_by_role("heading", name="Permissions", exact=True)).to_be_visible()
    expect(menu).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#main")).to_be_focused()


def test_pages_are_walked_through_from_end_to_end(person: Person, tell_figure: Callable[[str], None]) -> None:
    """Tab ends on no page: each stop is seen, none lies hidden, and after the last one comes the first."""
    page = person("anna")
    name = unique("walked")
    created(page, name)
    stops = []
    for address in (
        page.url,
        ATLAS,
        f"{ATLAS}/buckets/{name}",
        f"{ATLAS}/buckets/{name}/edit",
        f"{ATLAS}/new/users",
        f"{ATLAS}/changes?resource=bucket%2F{name}",
        f"{ATLAS}/permissions",
        f"{ATLAS}/operations",
    ):
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("main [role=status]").filter(has_text=" …")).to_have_count(0)
        page.keyboard.press("Tab")
        page.evaluate("window.firstStop = document.activeElement")
        count = 1
        for _ in range(STOPS):
            step(page)
            if page.evaluate("window.firstStop === document.activeElement"):
                break
            count += 1
        assert count < STOPS
        stops.append(str(count))
    tell_figure(f"ui: stops of the Tab key on eight pages: {', '.join(stops)}")


def test_the_walk_notices_a_stop_that_is_not_seen(visit: Visit) -> None:
    """What watches the focus is not blind: with its ring taken away on purpose, a step fails."""
    page = visit().page
    page.goto("/handovers/none#token=none")
    expect(page.get_by_role("button", name="Show the key now")).to_be_enabled()
    page.evaluate("document.querySelector('button').style.outline = 'none'")
    page.evaluate("document.querySelector('main').insertAdjacentElement('beforeend', document.createElement('button'))")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show the key now")).to_be_focused()

    with pytest.raises(AssertionError, match="looks without it as with it"):
        step(page)
