"""Reads are answered from the mirror, in two reads, to members alone."""

import json

import pytest

from stowage.domain.changes import Action, Change, ChangeRequest, ChangeState, ChangeStatus
from stowage.domain.errors import ThrottledError
from stowage.domain.findings import Findings
from stowage.domain.outcomes import Outcome
from stowage.domain.projects import Person
from tests.unit.api.world import Reply, World, claims_of
from tests.unit.fakes.kinds import crate
from tests.unit.fakes.people import AUDITOR, MANAGER, OPERATOR, STRANGER
from tests.unit.fakes.resources import resource_row

LIST = "/v1/projects/apollo/resources"
CHANGES = "/v1/projects/apollo/changes"


def _fill(world: World, count: int, kind: str = "crate", project: str = "apollo") -> None:
    for number in range(count):
        world.fake_resources.put(resource_row(project, kind, f"n{number:04}"))


def _names(reply: Reply) -> list[str]:
    return [item["name"] for item in reply.json["items"]]


def _change(number: int, **fields: object) -> Change:
    return Change.model_validate(
        {
            "id": f"chg-{number:032x}",
            "project": "apollo",
            "kind": "crate",
            "name": "apples",
            "action": Action.CREATE,
            "status": ChangeStatus.SUCCEEDED,
            "outcome": Outcome.SUCCEEDED,
            "actor": MANAGER.email,
            "actor_id": MANAGER.id,
            "started_at": f"2026-11-23T09:00:{number:02}.000Z",
            "ended_at": "2026-11-23T09:10:00.000Z",
            **fields,
        }
    )


def test_health_is_public_and_asks_nothing(world: World) -> None:
    """A probe needs no token and reaches no port."""
    reply = world.call("GET", "/v1/health", person=None)

    assert (reply.status, reply.json, world.calls) == (200, {"status": "ok"}, [])


def test_me_tells_the_person_and_their_projects(world: World) -> None:
    """Role by project, e-mail and name from the mirror."""
    reply = world.call("GET", "/v1/me", person=OPERATOR)

    assert reply.json == {
        "person": {"id": OPERATOR.id, "email": "olaf@example.com", "name": "Olaf Operator"},
        "projects": [
            {"id": "apollo", "name": "Apollo", "role": "operator"},
            {"id": "gemini", "name": "Gemini", "role": "operator"},
        ],
    }


@pytest.mark.parametrize("known", [True, False])
def test_me_works_without_any_project(world: World, known: bool) -> None:  # noqa: FBT001
    """Who is in no project, and even who has no row yet, is told so."""
    newcomer = Person(id="new", email="", name="new-user")
    person = STRANGER if known else newcomer

    reply = world.call("GET", "/v1/me", claims=claims_of(person, username="new-user"))

    assert (reply.status, reply.json) == (200, {"person": person.to_wire(), "projects": []})


def test_projects_are_the_callers_own(world: World) -> None:
    """Nobody sees a project they are no member of."""
    reply = world.call("GET", "/v1/projects", person=MANAGER)

    apollo = {"id": "apollo", "name": "Apollo", "role": "manager", "reconcile": None}
    assert reply.json == {"items": [apollo], "cursor": None}


def test_a_project_is_told_without_what_opens_its_account(world: World) -> None:
    """Account and region, yes; external id and roles, no."""
    reply = world.call("GET", "/v1/projects/apollo", person=AUDITOR)

    assert reply.json == {
        "id": "apollo",
        "name": "Apollo",
        "role": "auditor",
        "account": "111111111111",
        "region": "eu-west-1",
        "baselineVersion": 1,
        "managersMayManageMembers": False,
        "quotas": {"crate": 100},
        "mandatoryTags": [],
        "reconcile": None,
    }


def test_projects_tell_what_reconcile_found(world: World) -> None:
    """When everything was last compared, and how many rows differed: in the list and in the one project."""
    found = Findings(stacks=3, mismatches=1, repaired=1, verified_at="2026-11-23T09:00:00.000Z", tried_at="later")
    world.fake_projects.put_project(world.fake_projects.projects["apollo"].model_copy(update={"reconcile": found}))

    listed = world.call("GET", "/v1/projects", person=MANAGER).json["items"][0]["reconcile"]
    shown = world.call("GET", "/v1/projects/apollo", person=MANAGER).json["reconcile"]

    assert listed == shown == found.to_wire()


def test_kinds_come_with_their_schemas(world: World) -> None:
    """What a form is drawn from is the kind's own schema, unchanged."""
    reply = world.call("GET", "/v1/kinds")

    [kind] = reply.json["kinds"]
    assert {**kind, "schema": None} == {
        "kind": "crate",
        "path": "crates",
        "title": "Crate",
        "schema": None,
        "usualSeconds": 30,
        "credentials": False,
    }
    assert kind["schema"] == crate().schema


def test_a_list_costs_two_reads(world: World) -> None:
    """Membership and rows, and nothing else (P1)."""
    _fill(world, 3)

    world.call("GET", LIST, person=AUDITOR)

    assert sorted(world.calls) == ["FakeProjects.get_membership", "FakeResources.list_page"]


def test_a_resource_costs_two_reads(world: World) -> None:
    """Membership and row, and nothing else (P1)."""
    _fill(world, 1)

    world.call("GET", "/v1/projects/apollo/crates/n0000")

    assert sorted(world.calls) == ["FakeProjects.get_membership", "FakeResources.get"]


def test_a_list_holds_the_rows_as_they_are(world: World) -> None:
    """Items in their wire shape with the sequence number; deleted ones and other projects' are not on it."""
    _fill(world, 2)
    _fill(world, 1, project="gemini")
    world.fake_resources.put(resource_row("apollo", "crate", "gone", status="DELETED", deleted=True))
    world.fake_resources.advance_seq("apollo", 7)

    reply = world.call("GET", LIST)

    row = world.fake_resources.get("apollo", "crate", "n0000")
    assert (_names(reply), reply.json["cursor"], reply.json["seq"]) == (["n0000", "n0001"], None, 7)
    assert row is not None
    assert reply.json["items"][0] == row.resource.to_wire()


def test_a_list_goes_on_where_its_cursor_says(world: World) -> None:
    """All pages together are the list, each row once."""
    _fill(world, 5)
    names: list[str] = []
    query = {"limit": "2"}
    for _ in range(3):
        reply = world.call("GET", LIST, query=query)
        names += _names(reply)
        query = {"limit": "2", "cursor": reply.json["cursor"]}

    assert names == ["n0000", "n0001", "n0002", "n0003", "n0004"]
    assert reply.json["cursor"] is None


def test_a_list_filters_by_kind() -> None:
    """`kind` names one of the kinds."""
    world = World(crate(), crate(kind="barrel", path="barrels"))
    _fill(world, 1)
    _fill(world, 2, kind="barrel")

    assert len(_names(world.call("GET", LIST, query={"kind": "barrel"}))) == 2
    assert world.call("GET", LIST, query={"kind": "bottle"}).slug == "invalid-request"


def _cursor(world: World, **query: str) -> str:
    cursor = world.call("GET", LIST, query={"limit": "1", **query}).json["cursor"]
    assert isinstance(cursor, str)
    return cursor


def test_a_cursor_of_another_project_or_filter_is_400(world: World) -> None:
    """A cursor is good for the very list that gave it."""
    _fill(world, 2)
    _fill(world, 2, project="gemini")
    plain, filtered = _cursor(world), _cursor(world, kind="crate")

    replies = [
        world.call("GET", "/v1/projects/gemini/resources", person=OPERATOR, query={"cursor": plain}),
        world.call("GET", LIST, query={"cursor": plain, "kind": "crate"}),
        world.call("GET", LIST, query={"cursor": filtered}),
        world.call("GET", CHANGES, query={"cursor": plain}),
    ]

    assert [reply.slug for reply in replies] == ["invalid-request"] * 4


def test_a_cursor_with_any_character_changed_is_400(world: World) -> None:
    """Tampering is seen at every place but where base64 itself has none to spare."""
    _fill(world, 2)
    cursor = _cursor(world)

    for place in range(len(cursor) - 1):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert world.call("GET", LIST, query={"cursor": changed}).status == 400


def test_a_list_that_did_not_change_is_304(world: World) -> None:
    """The weak ETag changes with the rows and with the sequence number, and only with them."""
    _fill(world, 2)
    etag = world.call("GET", LIST).headers["etag"]
    known = {"if-none-match": f'"other", {etag}'}

    unchanged = world.call("GET", LIST, headers=known)
    world.fake_resources.advance_seq("apollo", 1)
    announced = world.call("GET", LIST, headers=known)
    world.fake_resources.seqs.clear()
    world.fake_resources.put(resource_row("apollo", "crate", "n0000", status="UPDATING"))
    changed = world.call("GET", LIST, headers=known)

    assert etag.startswith('W/"')
    assert (unchanged.status, unchanged.text, unchanged.headers["etag"]) == (304, "", etag)
    assert (announced.status, changed.status) == (200, 200)


def test_a_304_is_for_members_alone(world: World) -> None:
    """Knowing an ETag opens nothing."""
    etag = world.call("GET", LIST).headers["etag"]

    assert world.call("GET", LIST, person=STRANGER, headers={"if-none-match": etag}).status == 403


def test_a_resource_has_its_version_as_etag(world: World) -> None:
    """What GET gives as ETag, If-Match of a write takes; it never answers 304, its status may have changed."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", version=3))

    reply = world.call("GET", "/v1/projects/apollo/crates/apples", headers={"if-none-match": '"3"'})

    assert (reply.status, reply.headers["etag"], reply.json["version"]) == (200, '"3"', 3)


@pytest.mark.parametrize("name", ["pears", "gone", "x" * 200])
def test_a_resource_that_is_not_there_is_404(world: World, name: str) -> None:
    """One that never was, one that is deleted, one that no key could name."""
    world.fake_resources.put(resource_row("apollo", "crate", "gone", status="DELETED", deleted=True))

    assert world.call("GET", f"/v1/projects/apollo/crates/{name}").slug == "not-found"


def test_an_error_of_either_parallel_read_is_told(world: World) -> None:
    """A read in the other thread is not lost."""
    world.spies["resources"].fail("list_page", ThrottledError("slow down"))
    world.spies["projects"].fail("get_membership", ThrottledError("slow down"), times=1)

    assert world.call("GET", LIST).slug == "throttled"
    world.spies["resources"].fail("list_page", ThrottledError("slow down"))
    assert world.call("GET", LIST).slug == "throttled"


def test_changes_are_listed_newest_first_by_pages(world: World) -> None:
    """All pages together are the history, without states."""
    for number in range(5):
        world.fake_changes.put_ended(_change(number))
    first = world.call("GET", CHANGES, query={"limit": "3"})

    rest = world.call("GET", CHANGES, query={"limit": "3", "cursor": first.json["cursor"]})

    ids = [item["id"] for reply in (first, rest) for item in reply.json["items"]]
    assert ids == [f"chg-{number:032x}" for number in (4, 3, 2, 1, 0)]
    assert rest.json["cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"resource": "crate/apples"}, [1, 0]),
        ({"resource": "crates/pears"}, [2]),
        ({"actor": OPERATOR.email}, [2]),
        ({"outcome": "ROLLED_BACK"}, [1]),
        ({"status": "FAILED"}, [1]),
        ({"kind": "crates", "action": "create", "status": "FAILED"}, [1]),
        ({"action": "delete"}, []),
        ({"since": "2026-11-23T09:00:01Z"}, [2, 1]),
        ({"until": "2026-11-23T10:00:01+01:00"}, [0]),
        ({"since": "2026-11-23", "until": "2026-11-24"}, [2, 1, 0]),
    ],
)
def test_changes_are_filtered(world: World, query: dict[str, str], found: list[int]) -> None:
    """By resource, person, outcome and time."""
    world.fake_changes.put_ended(_change(0))
    world.fake_changes.put_ended(_change(1, outcome=Outcome.ROLLED_BACK, status=ChangeStatus.FAILED))
    world.fake_changes.put_ended(_change(2, name="pears", actor=OPERATOR.email))

    reply = world.call("GET", CHANGES, query=query)

    assert [int(item["id"][4:], 16) for item in reply.json["items"]] == found


@pytest.mark.parametrize(
    "query",
    [
        {"resource": "apples"},
        {"resource": "bottle/apples"},
        {"resource": "crate/"},
        {"actor": ""},
        {"actor": "a" * 300},
        {"outcome": "succeeded"},
        {"status": "DONE"},
        {"action": "remove"},
        {"kind": "nothing"},
        {"since": "yesterday"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"since": "2026-11-24", "until": "2026-11-23"},
    ],
)
def test_a_filter_that_says_nothing_is_400(world: World, query: dict[str, str]) -> None:
    """A filter is understood or refused, never ignored."""
    assert world.call("GET", CHANGES, query=query).slug == "invalid-request"


def _run(world: World, number: int = 1, project: str = "apollo") -> str:
    change = f"chg-{number:032x}"
    request = ChangeRequest(
        change=change,
        project=project,
        kind="crate",
        name="apples",
        action=Action.CREATE,
        spec={},
        expected_version=0,
        version=1,
        actor=MANAGER.email,
        actor_id=MANAGER.id,
        request="f" * 64,
    )
    started_at = world.fake_executions.start(change, request.to_input())
    if project == "apollo":
        world.fake_changes.put_started(Change.started(request, started_at))
    return change


def test_a_change_comes_with_its_states(world: World) -> None:
    """The states are the execution's own history."""
    change = _run(world)
    state = ChangeState(name="AcquireLock", status="RUNNING", entered_at=world.fake_clock.iso())
    world.fake_executions.history[change] = (state,)

    reply = world.call("GET", f"{CHANGES}/{change}", person=AUDITOR)

    assert (reply.json["status"], reply.json["states"]) == ("RUNNING", [{**state.to_wire(), "usual": None}])


@pytest.mark.parametrize(
    ("ended", "error", "told"),
    [
        ("SUCCEEDED", None, ("SUCCEEDED", "SUCCEEDED")),
        ("FAILED", "NAME_TAKEN", ("FAILED", "NAME_TAKEN")),
        ("FAILED", "States.Runtime", ("FAILED", "INTERNAL_ERROR")),
        ("FAILED", None, ("FAILED", "INTERNAL_ERROR")),
        ("TIMED_OUT", None, ("FAILED", "TIMED_OUT")),
        ("ABORTED", None, ("STOPPED", "ABORTED")),
    ],
)
@pytest.mark.parametrize("row", [True, False])
def test_a_change_whose_row_lags_is_told_from_its_execution(
    world: World,
    ended: str,
    error: str | None,
    told: tuple[str, str],
    row: bool,  # noqa: FBT001
) -> None:
    """No row, or one that still says RUNNING after the end: the truth is told nevertheless."""
    change = _run(world)
    if not row:
        world.fake_changes.rows.clear()
    world.fake_clock.advance(60)
    world.fake_executions.end(change, ended, error=error, cause="the first failing event")

    reply = world.call("GET", f"{CHANGES}/{change}")

    assert (reply.json["status"], reply.json["outcome"]) == told
    assert reply.json["endedAt"] == "2026-11-23T09:01:00.000Z"


def test_a_success_that_changed_nothing_is_told_as_such_from_its_execution(world: World) -> None:
    """NO_CHANGE stands in the execution's output."""
    change = _run(world)
    world.fake_executions.end(change, "SUCCEEDED", output='{"outcome":"NO_CHANGE","stackId":null}')

    reply = world.call("GET", f"{CHANGES}/{change}")

    assert (reply.json["status"], reply.json["outcome"]) == ("SUCCEEDED", "NO_CHANGE")


def test_a_change_is_told_after_step_functions_has_forgotten_it(world: World) -> None:
    """After 90 days the row remains, without states."""
    world.fake_changes.put_ended(_change(1))

    reply = world.call("GET", f"{CHANGES}/chg-{1:032x}")

    assert (reply.status, reply.json["outcome"], reply.json["states"]) == (200, "SUCCEEDED", [])


def test_another_projects_change_is_404(world: World) -> None:
    """Knowing a change's id does not open another project's execution."""
    change = _run(world, project="gemini")

    assert world.call("GET", f"{CHANGES}/{change}").slug == "not-found"


def test_an_execution_that_is_no_change_is_404(world: World) -> None:
    """An input of another form is told to nobody."""
    world.fake_executions.start("chg-" + "a" * 32, json.dumps({"project": "apollo"}))

    assert world.call("GET", f"{CHANGES}/chg-{'a' * 32}").slug == "not-found"


@pytest.mark.parametrize("change", ["chg-1", "chg-" + "A" * 32, "chg-" + "0" * 33, "x", "chg-" + "0" * 32])
def test_an_unknown_change_is_404(world: World, change: str) -> None:
    """What no change could be called is not even asked for."""
    reply = world.call("GET", f"{CHANGES}/{change}")

    assert reply.slug == "not-found"
    assert "FakeExecutions.describe" not in world.calls or change == "chg-" + "0" * 32
