"""The permission matrix: cells are changed, reviewed and then saved; who may only look finds nothing to press."""

import secrets
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from local.client import Session
from local.endpoints import Endpoints
from tests.ui.conftest import PHONE, Person
from tests.ui.test_keyboard import STOPS, go_to, has_focus, step

pytestmark = pytest.mark.ui

OWNER: dict[str, Any] = {"owner": "anna@example.com", "costCentre": "CC-1"}
PERMISSIONS = "/projects/atlas/permissions"
MARK = secrets.token_hex(4)
BUCKETS = (f"ui-inbox-{MARK}", f"ui-outbox-{MARK}")


@pytest.fixture(scope="module")
def anna(endpoints: Endpoints) -> Iterator[Session]:
    """Give a manager at the API, with two buckets made."""
    with Session(endpoints, "anna@example.com") as session:
        for name in BUCKETS:
            put(session, f"buckets/{name}", {**OWNER, "dataClass": "internal"})
        yield session


@pytest.fixture
def user(anna: Session) -> str:
    """Give a user of atlas who may list one of the buckets."""
    name = f"ui-matrix-{secrets.token_hex(5)}"
    put(anna, f"users/{name}", {**OWNER, "grants": grants("list")})
    return name


def grants(*access: str, bucket: str = BUCKETS[0]) -> list[dict[str, Any]]:
    """Give the grants of a spec."""
    return [{"bucket": bucket, "prefix": "", "access": list(access)}]


def put(session: Session, path: str, spec: dict[str, Any]) -> None:
    """Create or update a resource of atlas and wait until that has succeeded."""
    answer = session.http.put(f"projects/atlas/{path}", json=spec).raise_for_status()
    change = session.wait_for_change("atlas", answer.json()["change"]["id"])
    assert change["outcome"] == "SUCCEEDED", change


def granted(session: Session, user: str) -> dict[tuple[str, str], list[str]]:
    """Give what the API says that a user may do, by bucket and folder."""
    spec = session.http.get(f"projects/atlas/users/{user}").raise_for_status().json()["spec"]
    return {(each["bucket"], each["prefix"]): each["access"] for each in spec["grants"]}


def only(page: Page, user: str) -> None:
    """Show one user and our two buckets alone, whatever other tests have made."""
    page.get_by_label("Find users").fill(user)
    page.get_by_label("Find buckets").fill(MARK)
    expect(page.get_by_role("link", name=user)).to_be_visible()


def matrix(page: Page) -> Locator:
    """Give the grid, which is not there on a phone."""
    return page.get_by_role("grid", name="Permissions, users by buckets")


def tick(page: Page, cell: str, *boxes: str, folder: str = "") -> None:
    """Open a cell, tick boxes in it and put that into the review."""
    page.get_by_role("button", name=cell).click()
    dialog = page.get_by_role("dialog")
    if folder:
        dialog.get_by_label("Folder in the bucket").fill(folder)
    for box in boxes:
        dialog.get_by_label(box, exact=True).check()
    dialog.get_by_role("button", name="Add to the review").click()


def test_several_cells_are_reviewed_and_saved_as_one_change(person: Person, anna: Session, user: str) -> None:
    """Nothing is saved before the review, which says what is gained and lost; a wrong folder never gets there."""
    page = person("anna", PERMISSIONS)
    only(page, user)

    tick(page, f"Change what {user} may do in {BUCKETS[0]}", "Read")
    tick(page, f"Change what {user} may do in {BUCKETS[1]}", "Write", folder="no-slash")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Folder in the bucket").fill("in/")
    page.get_by_role("dialog").get_by_role("button", name="Add to the review").click()
    expect(page.get_by_text(f"{user}: 2 changes, not saved yet.")).to_be_visible()
    assert granted(anna, user) == {(BUCKETS[0], ""): ["list"]}

    page.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("+ may now read")).to_be_visible()
    expect(dialog.get_by_text("+ may now write")).to_be_visible()
    expect(dialog.get_by_text(f"{BUCKETS[1]}/in/")).to_be_visible()
    dialog.get_by_role("button", name="Save").click()

    expect(page.get_by_text(f"The user {user} was updated.")).to_be_visible(timeout=30_000)
    assert granted(anna, user) == {(BUCKETS[0], ""): ["list", "read"], (BUCKETS[1], "in/"): ["write"]}


def test_who_saved_meanwhile_is_told_with_both_values(person: Person, anna: Session, user: str) -> None:
    """Mine is put on top of theirs only by a click, and reviewed once more; what they saved stays."""
    page = person("ben", PERMISSIONS)
    only(page, user)
    tick(page, f"Change what {user} may do in {BUCKETS[1]}", "List")
    put(anna, f"users/{user}", {**OWNER, "grants": grants("list", "read")})

    page.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("It was changed meanwhile")).to_be_visible()
    expect(dialog.get_by_text("anna@example.com")).to_be_visible()
    expect(dialog.get_by_text("+ may now read")).to_be_visible()
    expect(dialog.get_by_text("+ may now list")).to_be_visible()
    saved: list[str] = []
    page.on("request", lambda request: saved.append(request.url) if request.method == "PUT" else None)
    dialog.get_by_role("button", name="Put mine on top, and review").click()
    expect(dialog.get_by_text("+ may now read")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Save")).to_be_enabled()
    assert saved == []
    dialog.get_by_role("button", name="Save").click()

    expect(page.get_by_text(f"The user {user} was updated.")).to_be_visible(timeout=30_000)
    assert granted(anna, user) == {(BUCKETS[0], ""): ["list", "read"], (BUCKETS[1], ""): ["list"]}


def test_on_a_phone_a_user_is_given_another_bucket(person: Person, anna: Session, user: str) -> None:
    """A card per user, nothing to scroll sideways, and every job of the grid."""
    page = person("anna", PERMISSIONS, viewport=PHONE)
    only(page, user)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    page.get_by_role("button", name=f"Another bucket for {user}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Bucket").click()
    page.get_by_role("option", name=BUCKETS[1]).click()
    dialog.get_by_label("Read", exact=True).check()
    dialog.get_by_role("button", name="Add to the review").click()
    page.get_by_role("button", name="Review and save").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()

    expect(page.get_by_text(f"The user {user} was updated.")).to_be_visible(timeout=30_000)
    assert granted(anna, user)[BUCKETS[1], ""] == ["read"]


def test_an_auditor_sees_the_matrix_and_has_nothing_to_press(person: Person, user: str) -> None:
    """The words are there, the buttons are not."""
    page = person("aude", PERMISSIONS)
    only(page, user)

    expect(page.get_by_role("gridcell", name="list", exact=True)).to_be_visible()
    expect(matrix(page).get_by_role("button")).to_have_count(0)


def test_who_is_switched_off_is_marked(person: Person, anna: Session, user: str) -> None:
    """What stands in the grid works only for who is let in."""
    put(anna, f"users/{user}", {**OWNER, "grants": grants("list"), "enabled": False})
    page = person("anna", PERMISSIONS)
    only(page, user)

    expect(page.get_by_role("rowheader", name=user).get_by_text("Switched off")).to_be_visible()


def crowd(page: Page, user: str) -> None:
    """Have the page told of 200 users, made from a real one, and of 200 buckets."""

    def answer(route: Route) -> None:
        told = route.fetch().json()
        row = next(each for each in told["items"] if each["name"] == user)
        many = [{"bucket": f"bucket-{n:03}", "prefix": "", "access": ["list", "read"]} for n in range(20)]
        users = [{**row, "name": f"user-{n:03}", "spec": {**row["spec"], "grants": many}} for n in range(200)]
        buckets = [{**row, "kind": "bucket", "name": f"bucket-{n:03}", "spec": dict(OWNER)} for n in range(200)]
        route.fulfill(json={**told, "items": [*users, *buckets]})

    page.route("**/v1/projects/atlas/resources*", answer)
    page.goto(PERMISSIONS)
    expect(page.get_by_role("rowheader")).to_have_count(20)


def test_two_hundred_users_by_two_hundred_buckets_are_quick(person: Person, user: str) -> None:
    """Only a page of either is drawn: typing into the filter never holds the page up for 200 ms."""
    page = person("anna")
    crowd(page, user)
    page.evaluate(
        """() => {
            window.longest = 0;
            const watch = list => list.getEntries().forEach(task => { longest = Math.max(longest, task.duration); });
            new PerformanceObserver(watch).observe({type: 'longtask'});
        }"""
    )

    page.get_by_label("Find users").press_sequentially("user-19", delay=50)
    page.get_by_label("Find buckets").press_sequentially("bucket-01", delay=50)
    expect(page.get_by_role("rowheader")).to_have_count(10)

    assert page.evaluate("longest") < 200


def test_with_the_keyboard_the_matrix_is_one_stop_and_the_arrows_lead_through_it(person: Person, user: str) -> None:
    """Of 20 users by 6 buckets: Tab passes it by; each cell that is gone to is seen, opens, and has the focus again."""
    page = person("anna")
    crowd(page, user)

    go_to(page, page.get_by_label("Find users"))
    inside = 0
    for _ in range(STOPS):
        step(page)
        inside += matrix(page).evaluate("grid => grid.contains(document.activeElement)")
        if has_focus(page.get_by_label("Find users")):
            break
    assert has_focus(page.get_by_label("Find users"))
    assert inside == 1

    go_to(page, matrix(page).get_by_role("columnheader", name="User"))
    steps: tuple[tuple[str, Literal["button", "link"], str], ...] = (
        ("ArrowDown", "link", "user-000"),
        ("ArrowRight", "button", cell(0, 0)),
        ("ArrowUp", "link", "bucket-000"),
        ("End", "link", "bucket-005"),
        ("ArrowDown", "button", cell(0, 5)),
        ("Home", "link", "user-000"),
        ("Control+End", "button", cell(19, 5)),
        ("ArrowLeft", "button", cell(19, 4)),
    )
    for key, role, name in steps:
        go(page, key, role, name)
    for key, way_out in (("Enter", "Cancel"), ("Space", "Add to the review")):
        page.keyboard.press(key)
        page.get_by_role("dialog").get_by_role("button", name=way_out).press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(matrix(page).get_by_role("button", name=cell(19, 4))).to_be_focused()

    page.set_viewport_size({"width": 800, "height": 500})
    for column in (3, 2, 1, 0):
        go(page, "ArrowLeft", "button", cell(19, column))
    for row in range(18, 0, -1):
        go(page, "ArrowUp", "button", cell(row, 0))


def cell(user: int, bucket: int) -> str:
    """Give the end of a cell's name."""
    return f"Change what user-{user:03} may do in bucket-{bucket:03}"


def go(page: Page, key: str, role: Literal["button", "link"], name: str) -> None:
    """Press a key: it leads there, and that is seen, under no bar and under no column that stays."""
    step(page, key)
    target = matrix(page).get_by_role(role, name=name)
    expect(target).to_be_focused()
    expect(target).to_be_in_viewport(ratio=1)
    assert target.evaluate(
        """target => {
            const ends = ({x, y, width, height}) => [[x + 2, y + height / 2], [x + width - 2, y + height / 2]];
            const points = [...target.getClientRects()].flatMap(ends);
            return points.every(point => target.contains(document.elementFromPoint(...point)));
        }"""
    ), "something lies over it"
