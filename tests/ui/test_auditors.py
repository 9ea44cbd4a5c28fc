"""Who may only look: nothing on any page that would write, and the API refuses the same wishes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from local.client import Session
from local.endpoints import Endpoints
from tests.e2e.credentials import OWNER, grant, hand_over, put
from tests.ui.conftest import Person
from tests.ui.looking import settled
from tests.ui.test_changes import unique
from tests.ui.test_first_steps import ATLAS

pytestmark = pytest.mark.ui

SPEC = {**OWNER, "dataClass": "internal"}
OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.json"
WRITING = {"put", "post", "delete", "patch"}
EVERYBODYS = {"createSocketTicket", "revealHandover"}
"""Not by a role: a ticket only listens, and a handover is opened by whoever has its link."""
LOOKING = re.compile(
    r"Atlas|Kind|Action|Status|Outcome|Export|Copy( |: ).+|Download|Clear .+|Show all .+|Choose a day.*|Every .+"
    r"|Show older ones|Filters|The states as a table|Raw events|The last runs|Page .+|Next .+|Previous .+|Put away: .+"
)
"""What an auditor may press: nothing of it changes anything."""
FORM = {"Create", "Save"}


@pytest.fixture(scope="module")
def standing(anna: Session) -> dict[str, str]:
    """Give a bucket, a user with a link, and a change of atlas, by what the API's paths call them."""
    bucket, user = unique("audited-bucket"), unique("audited-user")
    change = put(anna, f"buckets/{bucket}", SPEC)["id"]
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(bucket, "list")]})
    return {"bucket": bucket, "user": user, "change": change, "handover": hand_over(anna, user)["id"]}


def pressable(page: Page) -> list[str]:
    """Give the names of all that can be pressed or ticked in the page's content, but for what sorts and the graph."""
    told: list[str] = page.locator("main").evaluate(
        """main => [...main.querySelectorAll('button, [role=button], [role=switch], [type=checkbox], [type=submit]')]
            .filter(each => !each.disabled && each.getAttribute('aria-disabled') !== 'true')
            .filter(each => each.checkVisibility() && !each.closest('thead, .machine-state'))
            .map(each => {
                const label = document.getElementById(each.getAttribute('aria-labelledby')?.split(' ')[0]);
                return (each.getAttribute('aria-label') ?? label?.innerText ?? each.innerText).trim();
            })"""
    )
    return told


def test_an_auditor_finds_no_write_control_on_any_page(person: Person, standing: dict[str, str]) -> None:
    """What can be pressed only looks; a button that appears here for the first time has to be judged."""
    page = person("aude")
    found = {}

    for address in (
        "/",
        ATLAS,
        f"{ATLAS}/new/buckets",
        f"{ATLAS}/buckets/{standing['bucket']}",
        f"{ATLAS}/buckets/{standing['bucket']}/edit",
        f"{ATLAS}/users/{standing['user']}",
        f"{ATLAS}/permissions",
        f"{ATLAS}/changes",
        f"{ATLAS}/changes/{standing['change']}",
        f"{ATLAS}/operations",
        f"{ATLAS}/members",
    ):
        settled(page, address)
        names = pressable(page)
        if address.endswith(("/edit", "/new/buckets")):
            names = [each for each in names if each in FORM]  # the form may be filled in, and is not sent
        found[address] = [each for each in names if not LOOKING.fullmatch(each)]

    assert {address: names for address, names in found.items() if names} == {}


def test_a_form_that_an_auditor_fills_in_is_not_sent_by_enter_either(person: Person, standing: dict[str, str]) -> None:
    """The button says why it is disabled, and pressing Enter in a field asks for nothing."""
    page = person("aude", f"{ATLAS}/new/buckets")
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.method not in {"GET", "OPTIONS"} and "socket-tickets" not in request.url:
            asked.append(f"{request.method} {request.url}")

    page.on("request", note)
    page.get_by_label("Bucket name").fill(unique("never"))
    page.get_by_label("Owner").fill("aude@example.com")
    page.get_by_label("Cost centre").fill("CC-1")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Create", exact=True).click(force=True)
    expect(page.get_by_role("tooltip")).to_have_text("Auditors may look and not change.")

    settled(page, f"{ATLAS}/buckets/{standing['bucket']}/edit")
    page.get_by_label("Cost centre").fill("CC-2")
    page.keyboard.press("Enter")
    settled(page, ATLAS)

    assert asked == []


def wishes() -> list[tuple[str, str, str, dict[str, Any]]]:
    """Give every operation of the API that writes: its name, method, path and an example of its body."""
    paths = json.loads(OPENAPI.read_text())["paths"]
    return [
        (operation["operationId"], method, path, example_of(operation))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in WRITING and operation["operationId"] not in EVERYBODYS
    ]


def example_of(operation: dict[str, Any]) -> dict[str, Any]:
    """Give the body that the API's description shows."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    shown: dict[str, Any] = content.get("example") or next(
        (each["value"] for each in content.get("examples", {}).values()), {}
    )
    return dict(shown)


@pytest.mark.parametrize(("name", "method", "path", "body"), [pytest.param(*each, id=each[0]) for each in wishes()])
def test_the_api_refuses_an_auditor_s_wish(  # noqa: PLR0917 -- the wish's parts
    endpoints: Endpoints, standing: dict[str, str], name: str, method: str, path: str, body: dict[str, Any]
) -> None:
    """403 with a sentence, whatever it is that would write: the page's disabled buttons are a courtesy."""
    user = "/users/" in path
    values = {
        "{project}": "atlas", "{name}": standing["user" if user else "bucket"], "{change}": standing["change"],
        "{handover}": standing["handover"], "{rotation}": f"rot-{'3' * 32}", "{person}": "nobody", "{action}": "repair",
    }  # fmt: skip
    for key, value in values.items():
        path = path.replace(key, value)
    assert "{" not in path

    with Session(endpoints, "aude@example.com") as aude:
        answer = aude.http.request(method.upper(), f"{endpoints.api}{path}", json=None if method == "delete" else body)

    assert answer.status_code == 403, (name, answer.text)
    assert answer.json()["detail"]
