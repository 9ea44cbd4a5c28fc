"""Text is text: whatever people write, in whatever field or address, is shown as they wrote it and does nothing.

A script that ran would call `pwned`; one that tried to would violate the policy, which fails every test of this folder.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from local.client import Session
from tests.e2e.credentials import OWNER, grant, hand_over, put
from tests.ui.conftest import PHONE, Person, Visit
from tests.ui.test_changes import PATIENCE, state, unique
from tests.ui.test_first_steps import ATLAS, create_bucket
from tests.ui.test_handover import SHOW

pytestmark = pytest.mark.ui

MARKUP = (
    "<script>pwned()</script><img src=x onerror=pwned() data-pwned><svg onload=pwned()></svg>"
    '"\'><a href="javascript:pwned()" data-pwned>x</a>'
    "{{constructor.constructor('pwned()')()}}${pwned()}%3Cb%3E&lt;b&gt;"
)
TEXT = f"{MARKUP} {'W' * 200}"
"""As long as a description may be, and without a place to break the line at."""
BACKWARDS = "\u202eevil\u202c \u2066x\u2069"
ALLOWED = "javascript:alert/1/"
"""What even the narrow fields let through: a tag's name and value."""
FOLDER = "'onerror='pwned(1)'/"
"""And a folder's."""
TRACES = """() => {
    const kinds = '[data-pwned], [onerror], [onload], [onclick], iframe, object, embed, base, script:not([src])';
    const made = [...document.querySelectorAll(kinds)];
    const isScript = value => /^[\\s\\0]*(javascript|data|vbscript):/i.test(value ?? '');
    const links = [...document.querySelectorAll('[href], [src], [action], [formaction]')]
        .filter(each => ['href', 'src', 'action', 'formaction'].some(name => isScript(each.getAttribute(name))));
    return [...made, ...links].map(each => each.outerHTML.slice(0, 200));
}"""
FREE = {
    "description", "owner", "costCentre", "cause", "actor", "email", "createdBy", "text", "prefix", "path", "userName",
    "reason", "region", "fingerprint",
}  # fmt: skip
"""What may hold anything, by its name in the API's answers."""


class Watched:
    """A page in which nothing of what is written may come to life."""

    def __init__(self, page: Page) -> None:
        """Hear whoever calls `pwned`, on this page and on all that it goes to."""
        self.page = page
        self.calls: list[object] = []
        page.expose_function("pwned", lambda *told: self.calls.append(told))
        page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Dialog) -> None:
        self.calls.append(dialog.message)
        dialog.dismiss()

    def is_harmless(self) -> None:
        """Fail if something ran or became an element, or if the page is wider than its window."""
        assert self.page.evaluate(TRACES) == []
        assert self.calls == []
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.page.evaluate("innerWidth"), f"{self.page.url} is {width} px wide"

    def go(self, address: str) -> None:
        """Go to a page, wait until nothing is being read any more, and see that it is harmless."""
        self.page.goto(address)
        expect(self.page.locator("h1, [role=alert]").first).to_be_attached()
        expect(self.page.locator("main [role=status]").filter(has_text=" …")).to_have_count(0)
        self.is_harmless()


@pytest.fixture(scope="module")
def bucket(anna: Session) -> str:
    """Give a bucket with all that the API lets its people write."""
    name = unique("hostile")
    put(anna, f"buckets/{name}", {**OWNER, "description": TEXT, "tags": {ALLOWED: ALLOWED, "W" * 128: "W" * 256}})
    return name


@pytest.fixture(scope="module")
def user(anna: Session, bucket: str) -> str:
    """Give a user with a folder that is called like a handler."""
    name = unique("hostile-user")
    put(anna, f"users/{name}", {**OWNER, "description": TEXT, "grants": [grant(bucket, "list", prefix=FOLDER)]})
    return name


def test_what_is_written_into_a_form_is_shown_as_it_was_written(person: Person) -> None:
    """From the form to the change, the resource and the form again, on a phone."""
    page = person("anna", viewport=PHONE)
    watched, name = Watched(page), unique("hostile-form")
    create_bucket(page, name)
    page.get_by_label("Description").fill(TEXT)
    page.get_by_role("button", name="Add extra tags").click()
    page.get_by_label("Extra tags, name 1").fill(ALLOWED)
    page.get_by_label("Extra tags, value 1").fill(ALLOWED)
    watched.is_harmless()
    page.get_by_role("button", name="Create", exact=True).click()

    page.get_by_role("region", name="Notifications").get_by_role("link", name="See the change").first.click()
    expect(state(page, "ChangeSucceeded")).to_have_attribute("data-standing", "SUCCEEDED", timeout=PATIENCE)
    expect(page.get_by_text(TEXT, exact=True)).to_be_visible()
    watched.is_harmless()
    watched.go(f"{ATLAS}/buckets/{name}")
    expect(page.get_by_text(TEXT, exact=True)).to_be_visible()
    watched.go(f"{ATLAS}/buckets/{name}/edit")
    expect(page.get_by_label("Description")).to_have_value(TEXT)


def test_every_page_that_shows_it_is_whole_on_a_phone(person: Person, bucket: str, user: str) -> None:
    """The table that is searched for it, the resources, the matrix, the audit."""
    page = person("anna", viewport=PHONE)
    watched = Watched(page)

    watched.go(f"{ATLAS}?q={quote(MARKUP, safe='')}")
    expect(page.get_by_label("Search the resources")).to_have_value(MARKUP)
    for name in (bucket, user):
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    for kind, name in (("buckets", bucket), ("users", user)):
        watched.go(f"{ATLAS}/{kind}/{name}")
        expect(page.get_by_text(TEXT, exact=True)).to_be_visible()
    watched.go(f"{ATLAS}/permissions")
    page.get_by_label("Find users").fill(user)
    expect(page.get_by_text(FOLDER).first).to_be_visible()
    watched.is_harmless()
    watched.go(f"{ATLAS}/changes?resource=bucket%2F{bucket}")


@pytest.mark.parametrize("kind", ["buckets", "users", "sftp-users"])
def test_a_form_refuses_it_field_by_field_and_keeps_it_in_the_fields(person: Person, kind: str) -> None:
    """Every text field of every kind is filled with it: each says what is wrong, none loses it, and nothing is sent."""
    page = person("anna", f"{ATLAS}/new/{kind}", viewport=PHONE)
    watched = Watched(page)
    expect(page.get_by_label("Owner")).to_be_visible()
    for _ in range(2):  # what is added may have something to add
        for add in page.locator("form").get_by_role("button", name="Add ").all():
            add.click()
    fields = page.locator("form").locator("input[type=text], input:not([type]), textarea").all()

    for field in fields:
        field.fill(TEXT if field.get_attribute("inputmode") != "numeric" else "-1")
    page.get_by_label("Description").fill(BACKWARDS)
    page.get_by_role("button", name="Create", exact=True).click()

    expect(page.get_by_text("Some fields are not right yet").first).to_be_visible()
    watched.is_harmless()
    assert len(fields) >= 5
    kept = {field.input_value() for field in fields}
    assert kept - {""} == {TEXT, BACKWARDS}
    assert ("" in kept) == (kind != "buckets")  # a day and a time take digits alone


@pytest.mark.usefixtures("user")
def test_what_is_searched_and_filtered_for_is_only_searched_and_filtered_for(person: Person) -> None:
    """Each field that looks for something, with the proposals that open below it."""
    page = person("anna", ATLAS, viewport=PHONE)
    watched = Watched(page)
    page.get_by_label("Search the resources").fill(TEXT)
    expect(page.get_by_text(re.compile(r"\(\d+( of \d+)?\)"))).to_be_visible()
    watched.is_harmless()

    watched.go(f"{ATLAS}/permissions")
    for what in ("users", "buckets"):
        page.get_by_label(f"Find {what}").fill(TEXT)
        watched.is_harmless()
        page.get_by_label(f"Find {what}").fill("")

    watched.go(f"{ATLAS}/changes")
    page.get_by_role("button", name="Filters").click()
    for label in ("Resource", "By"):
        page.get_by_label(label, exact=True).fill(TEXT)
        expect(page.get_by_text(f"Use {TEXT}")).to_be_visible()
        watched.is_harmless()
        page.keyboard.press("Enter")
        watched.is_harmless()


IN_ADDRESSES = (
    MARKUP,
    "javascript:pwned()",
    "../../evil",
    BACKWARDS,
    "%E0%A4%A",
    "W" * 400,
)


def test_an_address_with_anything_in_its_path_is_a_page(person: Person) -> None:
    """Somebody else's link leads to a page that says that there is none, and goes nowhere else."""
    page = person("anna", viewport=PHONE)
    watched = Watched(page)

    for part in IN_ADDRESSES:
        told = quote(part, safe="%")
        watched.go(f"/{told}")
        watched.go(f"/projects/{told}")
        watched.go(f"{ATLAS}/new/{told}")
        watched.go(f"{ATLAS}/buckets/{told}")
        watched.go(f"{ATLAS}/{told}/x/edit")
        watched.go(f"{ATLAS}/changes/{told}")


def test_an_address_with_anything_in_its_search_is_a_page(person: Person) -> None:
    """Filters that nobody could have chosen find nothing, or are told to be wrong; so are ends of sign-ins."""
    page = person("anna", viewport=PHONE)
    watched = Watched(page)
    names = ("resource", "kind", "action", "status", "actor", "outcome", "since", "until")

    for part in IN_ADDRESSES:
        told = quote(part, safe="%")
        watched.go(f"{ATLAS}?q={told}&kind={told}&status={told}")
        watched.go(f"{ATLAS}/changes?{'&'.join(f'{name}={told}' for name in names)}")
        watched.go(f"{ATLAS}/changes?resource=bucket%2F{told}&actor={told}")
        watched.go(f"{ATLAS}/new/buckets?like={told}")
        watched.go(f"/signed-in?error={told}&error_description={told}&state={told}&code={told}")


def test_an_address_that_looks_like_another_host_stays_here(person: Person, console: str) -> None:
    """Two slashes lead to no other host, neither at once nor by what the page makes of its address."""
    page = person("anna")
    watched = Watched(page)

    for path in ("//evil", "//evil/projects/atlas", "/%2F%2Fevil", "/%5Cevil"):
        page.goto(console + path)
        expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
        watched.is_harmless()
        page.get_by_role("link", name="See your projects").click()
        expect(page.get_by_role("heading", name="Projects")).to_be_visible()
        assert page.url == f"{console}/"


def poisoned(value: Any, key: str = "") -> Any:
    """Give an answer of the API with its free texts replaced."""
    if isinstance(value, dict):
        spoilt = {name: poisoned(each, name) for name, each in value.items()}
        return {**spoilt, TEXT: TEXT} if key in {"tags", "outputs"} else spoilt
    if isinstance(value, list):
        return [poisoned(each, key) for each in value]
    return TEXT if isinstance(value, str) and key in FREE else value


@contextmanager
def poison(page: Page, alter: Callable[[Any], Any] = poisoned) -> Iterator[None]:
    """Have every answer that the page reads altered, but for the kinds, which are the product's own."""

    def answer(route: Route) -> None:
        if route.request.method != "GET" or route.request.url.endswith("/v1/kinds"):
            route.fallback()
            return
        told = route.fetch()
        route.fulfill(status=told.status, json=alter(told.json()))

    page.route("**/v1/**", answer)
    yield
    page.unroute_all(behavior="ignoreErrors")  # what is asked for still is of no interest


def test_whatever_the_api_would_answer_is_shown_as_text(person: Person, anna: Session, bucket: str, user: str) -> None:
    """Causes, outputs, tags, who holds a lock, who is a member: the page relies on nobody's having checked them."""
    failed = anna.http.put(f"projects/atlas/buckets/{unique('fail-create-hostile')}", json=OWNER).json()["change"]["id"]
    anna.wait_for_change("atlas", failed)
    locked = unique("slow-40-hostile")
    anna.http.put(f"projects/atlas/buckets/{locked}", json=OWNER).raise_for_status()
    hand_over(anna, user)
    page = person("olga", viewport=PHONE)
    watched = Watched(page)
    with poison(page):
        for address in (
            "/",
            ATLAS,
            f"{ATLAS}?q={locked}",
            f"{ATLAS}/buckets/{bucket}",
            f"{ATLAS}/buckets/{locked}",
            f"{ATLAS}/users/{user}",
            f"{ATLAS}/permissions",
            f"{ATLAS}/changes",
            f"{ATLAS}/changes/{failed}",
            f"{ATLAS}/operations",
            f"{ATLAS}/members",
        ):
            watched.go(address)
            if address != "/":
                expect(page.get_by_text(MARKUP).first).to_be_attached()


def test_a_resource_and_a_project_may_be_called_anything(person: Person, user: str) -> None:
    """Their names in links, crumbs, menus and headings; a link leads to the address that is made of them."""

    def renamed(value: Any) -> Any:
        return json.loads(
            json.dumps(value).replace(json.dumps(user), json.dumps(MARKUP)).replace('"Atlas"', json.dumps(TEXT))
        )

    page = person("anna", viewport=PHONE)
    watched = Watched(page)
    with poison(page, renamed):
        watched.go("/")
        page.get_by_role("link", name=TEXT).first.click()
        page.get_by_label("Search the resources").fill(MARKUP)
        watched.is_harmless()
        page.get_by_role("link", name=MARKUP, exact=True).click()

        expect(page.get_by_role("heading", name=MARKUP)).to_be_visible()
        assert page.evaluate("location.pathname").startswith(f"{ATLAS}/users/%3Cscript%3E")
        watched.is_harmless()
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        watched.is_harmless()


def test_a_refusal_in_anybody_s_words_is_shown_as_text(person: Person, bucket: str) -> None:
    """Title, sentence and faults of a problem, and the holder of a lock."""
    page = person("anna", f"{ATLAS}/buckets/{bucket}/edit", viewport=PHONE)
    watched = Watched(page)
    problem = {"type": f"https://stowage.dev/problems/{MARKUP}", "title": TEXT, "status": 422, "detail": TEXT}
    errors = [{"pointer": "/owner", "detail": TEXT}, {"pointer": f"/{MARKUP}", "detail": TEXT}]
    page.route(
        "**/v1/projects/atlas/buckets/*", lambda route: route.fulfill(status=422, json={**problem, "errors": errors})
    )

    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text(TEXT).first).to_be_visible()
    watched.is_harmless()


def test_a_link_s_passphrase_may_be_anything(person: Person, visit: Visit, user: str) -> None:
    """The manager chooses it, the page shows it, and the third party types the very same one."""
    manager = person("anna", f"{ATLAS}/users/{user}", viewport=PHONE)
    watched = Watched(manager)
    manager.get_by_role("button", name="Make a link").click()
    manager.get_by_label("Passphrase", exact=True).fill(MARKUP[:190])
    manager.get_by_role("button", name="Make the link").click()
    expect(manager.get_by_test_id("handover-passphrase")).to_have_text(MARKUP[:190])
    watched.is_harmless()
    url = manager.get_by_test_id("handover-url").inner_text().strip()

    third = visit(viewport=PHONE).page
    other = Watched(third)
    third.goto(url)
    third.get_by_role("button", name=SHOW).click()
    third.get_by_label("Passphrase").fill(f"{MARKUP[:180]}wrong")
    third.get_by_role("button", name=SHOW).click()
    expect(third.get_by_text("That is not the passphrase.")).to_be_visible()
    other.is_harmless()
    third.get_by_label("Passphrase").fill(MARKUP[:190])
    third.get_by_role("button", name=SHOW).click()
    expect(third.get_by_text("s3://").first.or_(third.get_by_text("still being made"))).to_be_visible()
    other.is_harmless()


def test_a_link_to_a_key_may_hold_anything(visit: Visit) -> None:
    """In its path and behind its #: the page says that it is not known, or not whole."""
    page = visit(viewport=PHONE).page
    watched = Watched(page)

    for part in IN_ADDRESSES:
        told = quote(part, safe="%")
        page.goto(f"/handovers/{told}?{told}#{told}")
        expect(page.get_by_role("heading", name="This link is not whole")).to_be_visible()
        watched.is_harmless()
        page.goto("/handovers/none")  # from a page to the same one with another # nothing is loaded
        page.goto(f"/handovers/{told}#token={told}")
        page.get_by_role("button", name=SHOW).click()
        expect(page.get_by_role("heading", name="This link is not known")).to_be_visible()
        watched.is_harmless()


def test_a_key_s_texts_are_shown_as_text(visit: Visit) -> None:
    """User, region, folders: also in the lines to be copied."""
    page = visit(viewport=PHONE).page
    watched = Watched(page)
    key = {"accessKeyId": TEXT, "secretAccessKey": TEXT, "userName": TEXT, "region": TEXT}
    grants = [{"bucket": TEXT, "prefix": TEXT, "access": ["list", TEXT]}]
    page.route("**/v1/handovers/**", lambda route: route.fulfill(json={**key, "grants": grants}))
    page.goto(f"/handovers/hnd-{'0' * 32}#token=some")

    page.get_by_role("button", name=SHOW).click()
    expect(page.get_by_role("heading", name="Your access key")).to_be_visible()
    page.get_by_role("button", name="Show the secret").click()

    expect(page.get_by_test_id("secret")).to_have_text(TEXT)
    watched.is_harmless()
