"""Reconcile as people see it: the last runs, and one of their own."""

from stowage.domain.findings import Findings
from tests.unit.api.world import Reply, World
from tests.unit.fakes.people import AUDITOR, OPERATOR

RUNS, NOW = "/v1/projects/apollo/reconciliations", "/v1/projects/apollo/reconcile"


def found(number: int) -> Findings:
    """Give the findings of a run."""
    return Findings(stacks=number, verified_at=None, tried_at=f"2026-11-23T09:{number:02}:00.000Z")


def ask(world: World) -> Reply:
    """Ask for a run as an operator."""
    return world.call("POST", NOW, person=OPERATOR)


def end_runs(world: World, *, findings: Findings | None) -> None:
    """Let all runs end, with these findings told, or none."""
    for name in world.fake_reconciles.by_name:
        world.fake_reconciles.end(name, "SUCCEEDED")
    project = world.fake_projects.projects["apollo"]
    world.fake_projects.put_project(project.model_copy(update={"reconcile": findings}))


def test_the_last_runs_are_told_newest_first(world: World) -> None:
    """As far as one asks; another project's are not among them."""
    for number in (1, 2, 3):
        world.fake_runs.keep("apollo", found(number), begun_at=None)
    world.fake_runs.keep("gemini", found(4), begun_at=None)

    told = world.call("GET", RUNS, person=AUDITOR, query={"limit": "2"}).json

    assert told == {"items": [found(3).to_wire(), found(2).to_wire()]}


def test_a_run_is_of_the_one_project(world: World) -> None:
    """The machine takes its name from the input."""
    reply = ask(world)

    assert reply.status == 202
    [execution] = world.fake_reconciles.by_name.values()
    assert execution.input == '{"project":"apollo"}'
    assert reply.json == {"run": {"id": execution.name, "startedAt": execution.started_at}}


def test_asking_again_while_it_runs_gives_the_same_run(world: World) -> None:
    """Two operators, or one who is impatient, begin one run."""
    first = ask(world).json
    world.fake_clock.advance(300)

    assert ask(world).json == first
    assert len(world.fake_reconciles.by_name) == 1


def test_after_its_end_a_new_run_begins(world: World) -> None:
    """Its findings are told by then."""
    first = ask(world).json
    end_runs(world, findings=found(5))

    assert ask(world).json["run"]["id"] != first["run"]["id"]


def test_a_run_that_ended_without_findings_is_in_nobodys_way(world: World) -> None:
    """It keeps its name; the next one, in the same minute too, has another."""
    ask(world)
    end_runs(world, findings=None)

    again = ask(world)

    assert again.status == 202
    assert ask(world).json == again.json
    assert len(world.fake_reconciles.by_name) == 2


def test_two_that_ended_without_findings_in_one_minute_are_enough(world: World) -> None:
    """Try again in a moment."""
    for _ in range(2):
        ask(world)
        end_runs(world, findings=None)

    assert ask(world).status == 503
