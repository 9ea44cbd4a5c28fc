"""Two thousand resources in one project: the page never stands still for as long as a person notices."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from local.aws import client
from local.client import Session
from local.endpoints import Endpoints
from tests.e2e.credentials import OWNER, put
from tests.ui.conftest import PHONE, Person, Visit
from tests.ui.test_changes import unique

pytestmark = pytest.mark.ui

MANY = 2000
BATCH = 25
SHOWN = re.compile(rf"\({MANY}( of \d+)?\)")
LONGEST = 200
TRIES = 6
"""On a busy machine a task is held up by others: the best of a few is what the page itself takes."""
WATCH = """() => {
    window.longest = 0;
    const note = list => list.getEntries().forEach(task => { longest = Math.max(longest, task.duration); });
    new PerformanceObserver(note).observe({type: 'longtask'});
}"""
SETTLED = "() => new Promise(done => requestIdleCallback(() => setTimeout(done, 0)))"


@pytest.fixture(scope="module")
def many(endpoints: Endpoints) -> Iterator[str]:
    """Write the rows straight into the mirror, like one that the product made; take them away afterwards."""
    prefix = unique("bulk")
    with Session(endpoints, "anna@example.com") as anna:
        put(anna, f"buckets/{prefix}", {**OWNER, "dataClass": "internal"}, project="borealis")
    rows = client("dynamodb", endpoints.aws)
    key = {"pk": {"S": "RESOURCES#borealis"}, "sk": {"S": f"RESOURCE#bucket#{prefix}"}}
    made = rows.get_item(TableName=endpoints.table, Key=key)["Item"]
    spec = json.loads(made["spec"]["S"])
    copies = []
    for number in range(1, MANY):
        name = f"{prefix}-{number:04}"
        told = json.dumps({**spec, "owner": f"team-{number % 7}@example.com", "description": f"No. {number}"})
        copies.append({**made, "sk": {"S": f"RESOURCE#bucket#{name}"}, "name": {"S": name}, "spec": {"S": told}})
    write(rows, endpoints.table, [{"PutRequest": {"Item": copy}} for copy in copies])
    yield prefix
    keys = [{name: copy[name] for name in ("pk", "sk")} for copy in copies]
    write(rows, endpoints.table, [{"DeleteRequest": {"Key": key}} for key in keys])


def write(rows: Any, table: str, requests: list[dict[str, Any]]) -> None:
    """Write in batches as large as DynamoDB takes them."""
    for first in range(0, len(requests), BATCH):
        answer = rows.batch_write_item(RequestItems={table: requests[first : first + BATCH]})
        assert not answer.get("UnprocessedItems")


def longest(page: Page, act: Callable[[], None]) -> float:
    """Give the longest task, in milliseconds, while something was done; 0 if none took 50."""
    page.evaluate("window.longest = 0")
    act()
    page.evaluate(SETTLED)
    return float(page.evaluate("window.longest"))


def quickest(page: Page, act: Callable[[], None]) -> float:
    """Do something until none of its tasks takes too long, and give the longest one of the best try."""
    best = longest(page, act)
    for _ in range(1, TRIES):
        if best < LONGEST:
            break
        best = min(best, longest(page, act))
    return best


def scroll(page: Page) -> None:
    """Scroll by the wheel to the end of the page and back."""
    for distance in (*[600] * 8, *[-600] * 8):
        page.mouse.wheel(0, distance)
        page.evaluate("() => new Promise(requestAnimationFrame)")


def test_two_thousand_resources_are_scrolled_searched_sorted_and_paged_without_a_halt(
    person: Person, many: str, tell_figure: Callable[[str], None]
) -> None:
    """No task of the page takes 200 ms, whatever is done; what is looked for is found among all of them."""
    page = person("anna", f"/projects/borealis?q={many}")
    page.evaluate(WATCH)
    search = page.get_by_label("Search the resources")
    names = page.locator("tbody tr")
    expect(page.get_by_text(SHOWN)).to_be_visible(timeout=30_000)

    def look_up() -> None:
        search.press("End")
        search.press_sequentially("-199", delay=40)
        expect(names).to_have_count(10)
        expect(page.get_by_role("link", name=f"{many}-1999")).to_be_visible()
        search.fill(many)
        expect(names).to_have_count(50)

    def sort() -> None:
        page.get_by_role("button", name="Owner").click()
        expect(names.first).to_contain_text("anna@example.com")
        page.get_by_role("button", name="Name").click()

    def turn() -> None:
        page.get_by_role("button", name="Next page").click()
        expect(names.first).to_contain_text(f"{many}-0050")
        page.get_by_role("button", name="Previous page").click()

    jobs = {"scrolling": lambda: scroll(page), "searching": look_up, "sorting": sort, "paging": turn}
    taken = {what: quickest(page, job) for what, job in jobs.items()}

    for what, task in taken.items():
        tell_figure(f"ui: {MANY} resources, {what}: the longest task takes {task:.0f} ms")
    assert {what: task for what, task in taken.items() if task >= LONGEST} == {}


def test_two_thousand_resources_scroll_on_a_phone(
    person: Person, many: str, tell_figure: Callable[[str], None]
) -> None:
    """As cards, and in the same time."""
    page = person("anna", f"/projects/borealis?q={many}", viewport=PHONE)
    page.evaluate(WATCH)
    expect(page.get_by_text(SHOWN)).to_be_visible(timeout=30_000)

    task = quickest(page, lambda: scroll(page))

    tell_figure(f"ui: {MANY} resources on a phone, scrolling: the longest task takes {task:.0f} ms")
    assert task < LONGEST


def test_the_listener_hears_a_long_task(visit: Visit) -> None:
    """What would be measured is measured: a loop that is made on purpose is found."""
    page = visit().page
    page.goto("/handovers/none")
    page.evaluate(WATCH)

    found = longest(page, lambda: page.evaluate("setTimeout(() => { const end = performance.now() + 250; "
                                                "while (performance.now() < end); }, 0)"))  # fmt: skip

    assert found >= LONGEST
