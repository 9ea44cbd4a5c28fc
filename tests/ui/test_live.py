"""Two people at once: what one does, the other sees within a second; and a connection that is cut loses nothing.

Times are taken within the pages, at the click and at the moment when the other page's content changes, by the
browser's own clock, which only goes forward: the test's own waiting is in none of them.
"""

import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from local.client import Session
from tests.e2e.credentials import OWNER, delete, put
from tests.ui.conftest import PHONE, Person
from tests.ui.test_changes import PATIENCE, state, unique
from tests.ui.test_first_steps import ATLAS, create_bucket, live, looking_for

pytestmark = pytest.mark.ui

ROUNDS = 3
BUCKET = {**OWNER, "dataClass": "internal"}
WATCH = """([mark, selector, words]) => {
    window.seen ??= {};
    delete window.seen[mark];
    const now = () => performance.timeOrigin + performance.now();
    const isThere = () => [...document.querySelectorAll(selector)].some(each => each.textContent.includes(words));
    const watch = new MutationObserver(() => {
        if (!isThere()) return;
        watch.disconnect();
        window.seen[mark] = now();
    });
    if (isThere()) throw new Error(`${mark}: it is there already`);
    watch.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
}"""
WATCH_CLICK = """() => {
    window.seen ??= {};
    delete window.seen.click;
    const note = () => { window.seen.click = performance.timeOrigin + performance.now(); };
    document.addEventListener('click', note, {capture: true, once: true});
}"""


def row(name: str) -> str:
    """Give the selector of a bucket's row, or of its card on a phone."""
    return f':is(tr, li):has(a[href$="/buckets/{name}"])'


def watch(page: Page, mark: str, selector: str, words: str = "") -> None:
    """Note from now on when something with those words is there; it must not be there yet."""
    page.evaluate(WATCH, [mark, selector, words])


def seen(page: Page, mark: str) -> float:
    """Give when a mark was noted, in seconds."""
    noted = page.wait_for_function("mark => window.seen[mark]", arg=mark, timeout=PATIENCE)
    return float(noted.json_value()) / 1000


def click(page: Page, button: str) -> None:
    """Click, and have the moment noted."""
    page.evaluate(WATCH_CLICK)
    page.get_by_role("button", name=button, exact=True).click()


def edit(page: Page, name: str, owner: str) -> None:
    """Fill the edit form, up to its last click."""
    page.goto(f"{ATLAS}/buckets/{name}/edit")
    page.get_by_label("Owner").fill(owner)
    live(page)


def played(anna: Page, ben: Page, name: str) -> dict[str, float]:
    """Let one create a bucket, change it in vain and change it, and give how long the other waited to see each."""
    notices = "[aria-label=Notifications]"

    create_bucket(anna, name)
    live(anna)
    watch(ben, "creation", row(name))
    watch(anna, "created", notices, "was created")
    click(anna, "Create")
    seconds = {"creation": seen(ben, "creation") - seen(anna, "click")}
    seen(anna, "created")
    expect(ben.locator(row(name)).locator("[data-status=ACTIVE]")).to_be_visible()

    edit(anna, name, "never@example.com")
    watch(ben, "lock", row(name), "Updating by anna@example.com")
    watch(ben, "failure", f"{row(name)} [data-status=ROLLED_BACK]")
    watch(anna, "failed", notices, "was rolled back")
    click(anna, "Save")
    seconds["lock"] = seen(ben, "lock") - seen(anna, "click")
    seconds["failure"] = seen(ben, "failure") - seen(anna, "failed")

    edit(anna, name, "new@example.com")
    watch(ben, "update", row(name), "new@example.com")
    watch(anna, "updated", notices, "was updated")
    click(anna, "Save")
    seconds["update"] = seen(ben, "update") - seen(anna, "updated")
    return seconds


def test_two_people_see_each_others_creation_lock_failure_and_update_within_a_second(
    person: Person, tell_figure: Callable[[str], None]
) -> None:
    """Creation and lock: from the click. Failure and update: from the page of who asked; before it is as good."""
    mark = unique("live")
    anna, ben = person("anna"), person("ben", looking_for(mark), viewport=PHONE)
    live(ben)

    rounds = [played(anna, ben, f"fail-update-once-{mark}-{number}") for number in range(ROUNDS)]

    usual = {what: statistics.median(each[what] for each in rounds) for what in rounds[0]}
    for what in usual:
        times = ", ".join(f"{each[what]:.2f}" for each in rounds)
        tell_figure(f"ui: the other browser shows a {what} after {times} s")
    assert max(usual.values()) < 1, usual


class Wire:
    """What lies between a page's socket and the server: it can be cut, and made to swallow what is told."""

    def __init__(self, page: Page) -> None:
        """Lie between, from the page's next loading on."""
        self.is_cut = False
        self.is_deaf = False
        self.swallowed = 0
        self._open: list[tuple[WebSocketRoute, WebSocketRoute]] = []
        page.route_web_socket(re.compile("."), self._connect)

    def _connect(self, page_side: WebSocketRoute) -> None:
        if self.is_cut:
            page_side.close()
            return
        server_side = page_side.connect_to_server()
        self._open.append((page_side, server_side))
        server_side.on_message(lambda message: self._tell(page_side, message))

    def _tell(self, page_side: WebSocketRoute, message: str | bytes) -> None:
        if self.is_deaf:
            self.swallowed += 1
        else:
            page_side.send(message)

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Cut every socket, and let none be opened meanwhile."""
        self.is_cut = True
        for page_side, server_side in self._open:
            server_side.close()
            page_side.close()
        self._open.clear()
        yield
        self.is_cut = False


@contextmanager
def without_reload(page: Page) -> Iterator[None]:
    """Fail if the page was loaded anew meanwhile."""
    page.evaluate("window.isSamePage = true")
    yield
    assert page.evaluate("window.isSamePage") is True


def pill_says_reconnecting(page: Page) -> None:
    """Wait until the page says that it is not live, and how old it is."""
    expect(page.get_by_test_id("connection")).to_have_text(re.compile(r"^Reconnecting · updated .+ ago$"))


def test_a_change_s_page_whose_socket_is_cut_reaches_the_end_all_the_same(person: Person, anna: Session) -> None:
    """Without a socket the page asks again by itself, and says so meanwhile; afterwards it is live again."""
    page = person("ben")
    wire = Wire(page)
    asked = anna.http.put(f"projects/atlas/buckets/{unique('slow-12-cut')}", json=BUCKET)
    change = asked.raise_for_status().json()["change"]
    page.goto(f"{ATLAS}/changes/{change['id']}")
    live(page)
    expect(state(page, "AwaitStack")).to_have_attribute("data-standing", "RUNNING", timeout=PATIENCE)

    with without_reload(page):
        with wire.cut():
            pill_says_reconnecting(page)
            assert anna.change("atlas", change["id"])["status"] == "RUNNING"
            expect(state(page, "ChangeSucceeded")).to_have_attribute("data-standing", "SUCCEEDED", timeout=PATIENCE)
            pill_says_reconnecting(page)
        expect(page.get_by_test_id("connection")).to_have_text("Live", timeout=PATIENCE)


def test_a_page_without_a_network_catches_up_with_all_that_it_has_missed(person: Person, anna: Session) -> None:
    """A creation, an update, a deletion and a failure of meanwhile, without a reload; what comes next is live."""
    mark = unique("offline")
    kept, gone, broken, new, last = (f"{each}-{mark}" for each in ("kept", "gone", "fail-update", "new", "last"))
    for name in (kept, gone, broken):
        put(anna, f"buckets/{name}", BUCKET)
    page = person("ben")
    wire = Wire(page)
    page.goto(looking_for(mark))
    live(page)
    for name in (kept, gone, broken):
        expect(page.locator(row(name))).to_be_visible()

    with without_reload(page):
        with wire.cut():
            page.context.set_offline(True)
            pill_says_reconnecting(page)
            put(anna, f"buckets/{new}", BUCKET)
            put(anna, f"buckets/{kept}", {**BUCKET, "owner": "other@example.com"})
            delete(anna, f"buckets/{gone}")
            failing = anna.http.put(f"projects/atlas/buckets/{broken}", json={**BUCKET, "costCentre": "CC-2"})
            anna.wait_for_change("atlas", failing.raise_for_status().json()["change"]["id"])
            expect(page.locator(row(gone))).to_be_visible()
        page.context.set_offline(False)

        expect(page.locator(row(new)).locator("[data-status=ACTIVE]")).to_be_visible(timeout=PATIENCE)
        expect(page.locator(row(kept))).to_contain_text("other@example.com")
        expect(page.locator(row(gone))).to_have_count(0)
        expect(page.locator(row(broken)).locator("[data-status=ROLLED_BACK]")).to_be_visible()
        live(page)
        put(anna, f"buckets/{last}", BUCKET)
        expect(page.locator(row(last)).locator("[data-status=ACTIVE]")).to_be_visible()


def test_a_page_is_not_called_live_from_the_moment_when_the_network_is_gone(person: Person) -> None:
    """The browser tells it at once; the page does not wait until a ping stays without an answer."""
    page = person("ben", ATLAS)
    live(page)

    page.context.set_offline(True)
    expect(page.get_by_test_id("connection")).to_contain_text("Reconnecting", timeout=3_000)
    page.context.set_offline(False)
    live(page)


def test_a_message_that_never_came_is_noticed_by_the_next_one(person: Person, anna: Session) -> None:
    """The numbers have a gap then: the page reads anew, though its socket was open all the time."""
    mark = unique("gap")
    missed, heard = f"missed-{mark}", f"heard-{mark}"
    page = person("ben")
    wire = Wire(page)
    page.goto(looking_for(mark))
    live(page)

    with without_reload(page):
        wire.is_deaf = True
        put(anna, f"buckets/{missed}", BUCKET)
        page.wait_for_function("() => true")  # what the socket told meanwhile is handled before this is
        expect(page.locator(row(missed))).to_have_count(0)
        assert wire.swallowed > 0
        wire.is_deaf = False
        put(anna, f"buckets/{heard}", BUCKET)

        expect(page.locator(row(heard)).locator("[data-status=ACTIVE]")).to_be_visible()
        expect(page.locator(row(missed)).locator("[data-status=ACTIVE]")).to_be_visible()
