"""State ListProjects of reconcile."""

from stowage.domain.findings import Progress
from tasks import list_projects as state
from tasks.list_projects import ProjectsRequest, list_projects
from tests.unit.fakes import people
from tests.unit.fakes.clock import FakeClock


def named(**request: str) -> list[str]:
    """Give the projects of a run."""
    given = people.populated()
    given.put_project(people.project("closing", "333333333333", closing=True))
    asked = ProjectsRequest.model_validate(request)
    return [each.project for each in list_projects(asked, projects=given, clock=FakeClock()).projects]


def test_every_project_is_listed_but_one_that_is_being_offboarded() -> None:
    """By id; nothing may begin there any more, and its account may be gone."""
    assert named() == ["apollo", "gemini"]


def test_the_one_project_that_was_asked_for_is_the_only_one() -> None:
    """Whether it is known, its own states tell: that is a finding of its own."""
    assert named(project="gemini") == ["gemini"]
    assert named(project="unknown") == ["unknown"]


def test_more_projects_than_a_run_can_look_at_take_turns(monkeypatch: object) -> None:
    """No project is left out for ever."""
    monkeypatch.setattr(state, "MOST_PROJECTS", 1)  # type: ignore[attr-defined]
    clock, seen = FakeClock(), set()
    for _ in range(2):
        listed = list_projects(ProjectsRequest(), projects=people.populated(), clock=clock).projects
        seen |= {each.project for each in listed}
        assert len(listed) == 1
        clock.advance(state.TURN_SECONDS)

    assert seen == {"apollo", "gemini"}


def test_a_project_begins_at_its_beginning() -> None:
    """What the first stretch gets: no name, no time, no counts."""
    [first, _] = list_projects(ProjectsRequest(), projects=people.populated(), clock=FakeClock()).projects

    assert first == Progress(project="apollo")
