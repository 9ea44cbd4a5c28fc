"""State ReconcileStacks of reconcile: what it puts right, what it leaves alone, and how many calls that takes."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from stowage.domain.changes import Action
from stowage.domain.direct_checks import DirectChecks
from stowage.domain.drift import Drift, DriftedResource
from stowage.domain.drift_watch import AT_ONCE, DriftWatch
from stowage.domain.errors import AccessDeniedError, ThrottledError
from stowage.domain.findings import Progress
from stowage.domain.kinds import CredentialRules, DirectCheck, Kind, RenderRequest
from stowage.domain.ports import ResourceKey
from stowage.domain.reconciliation import CALLS, Reconciler
from stowage.domain.recovery import Recovered, Recovery
from stowage.domain.resources import Lock, ResourceName, ResourceRow, ResourceStatus, stack_name
from stowage.domain.stacks import Stack
from tasks.reconcile_stacks import StretchRequest, reconcile_stacks
from tests.unit.fakes import people
from tests.unit.fakes.kinds import crate, pallet
from tests.unit.fakes.reconciliation import FakeLiveResources, FakeReconciliation, FakeSurvey
from tests.unit.fakes.world import World

AT = "2026-11-23T08:00:00.000Z"
LATER = "2026-11-23T09:00:01.000Z"
CHECK = DirectCheck("Crate", "AWS::S3::Bucket", ("BucketName", "Tags"), lambda _project, _name: {})
KINDS = {kind.kind: kind for kind in (crate(), pallet())}


def find_kind(name: str) -> Kind | None:
    """Give a kind of the tests."""
    return KINDS.get(name)


@dataclass
class Yard:
    """A world that reconcile looks at."""

    world: World = field(default_factory=World)
    closed: list[Recovered] = field(default_factory=list)
    kept: list[Lock] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Wire what reconcile needs."""
        self.survey = FakeSurvey(self.world.stacks)
        self.live = FakeLiveResources(named_by="BucketName")
        self.mirror = FakeReconciliation(self.world.resources, self.world.projects)

    def reconciler(self) -> Reconciler:
        """Give the reconciler of this world."""
        world = self.world
        return Reconciler(
            projects=world.projects,
            resources=world.resources,
            mirror=self.mirror,
            survey=self.survey,
            recovery=Recovery(
                world.executions,
                world.projects,
                world.resources,
                world.changes,
                world.stacks,
                world.clock,
                find_kind,
            ),
            watch=DriftWatch(
                self.survey, self.mirror, DirectChecks(self.live), world.keys, world.rows, world.clock, find_kind
            ),
            notifier=world.notifier,
            clock=world.clock,
            find_kind=find_kind,
            on_closed=self.closed.append,
            on_kept=self.kept.append,
        )

    def run(self) -> list[Progress]:
        """Run to the end; give each stretch."""
        stretches = [Progress(project="apollo", remaining=True)]
        while stretches[-1].remaining:
            told = stretches[-1].to_wire()
            asked = StretchRequest.model_validate({name: told[name] for name in told if name != "remaining"})
            self.survey.calls.clear()
            stretches.append(reconcile_stacks(asked, reconciler=self.reconciler()))
        return stretches[1:]

    def last(self) -> Progress:
        """Run to the end; give the last stretch."""
        return self.run()[-1]

    def stand(self, name: str, kind: str = "crate", status: str = "CREATE_COMPLETE", **fields: Any) -> str:
        """Lay a stack of Stowage's into the account, and give its id."""
        called = stack_name(kind, name)
        tags = {"stowage:project": "apollo", "stowage:kind": kind, "stowage:name": name}
        spec = fields.pop("spec", {"description": name})
        version = fields.pop("version", 1)
        stack = Stack(
            stack_id=f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{called}/1",
            name=called,
            status=status,
            **{"updated_at": AT, "outputs": {"Arn": f"arn:{name}"}, "tags": tags, **fields},
        )
        asked = RenderRequest(project=people.project(), name=name, spec=spec, version=version)
        self.world.stacks.put(self.world.project, stack, KINDS[kind].render(asked))
        return stack.stack_id

    def row(self, name: str, kind: str = "crate") -> ResourceRow:
        """Give a row now."""
        return self.world.resources.rows[ResourceKey("apollo", kind, name)]

    def told(self, name: str, drift: str = "IN_SYNC", checked_at: str = LATER) -> Drift:
        """Let CloudFormation's detection have found this, run, and give what the row tells."""
        row = self.row(name)
        self.survey.detections[row.stack_id or ""] = (drift, checked_at)
        self.run()
        found = self.row(name).resource.drift
        assert found is not None
        return found

    @property
    def rows(self) -> dict[ResourceKey, ResourceRow]:
        """Give all rows, as the same rows are the same: but for fence and the times of looking."""
        return {
            key: row.model_copy(update={"fence": 0, "drift_asked_at": None})
            for key, row in self.world.resources.rows.items()
        }


@pytest.fixture
def yard() -> Yard:
    """Give an empty yard."""
    return Yard()


def test_a_lost_mirror_is_rebuilt_from_the_stacks_alone(yard: Yard) -> None:
    """Every row deleted, every row back: spec, version, status, outputs, stack, and the marks of who names what."""
    yard.stand("apples", version=3)
    yard.stand("failed", status="ROLLBACK_COMPLETE", outputs={})
    yard.stand("rolled", status="UPDATE_ROLLBACK_COMPLETE")
    yard.stand("north", "pallet", spec={"description": "north", "crates": ["apples"]})
    yard.run()
    before = yard.rows
    yard.world.resources.rows.clear()

    found = yard.last()

    assert yard.rows == before
    assert yard.row("apples").resource.referenced_by == (ResourceName(kind="pallet", name="north"),)
    assert (yard.row("apples").resource.version, yard.row("apples").resource.spec) == (3, {"description": "apples"})
    assert yard.row("failed").resource.status == "CREATE_FAILED"
    assert (found.counts.stacks, found.counts.mismatches, found.counts.repaired) == (4, 5, 5)


def test_the_fence_of_a_rebuilt_row_is_above_every_former_one(yard: Yard) -> None:
    """A straggler of the lost row's last holder has a lower one."""
    yard.stand("apples")

    yard.run()

    assert yard.row("apples").fence == yard.world.clock.epoch()


@pytest.mark.parametrize("stacks", [1, 100, 101, 250])
def test_what_agrees_costs_a_listing_and_nothing_more(yard: Yard, stacks: int) -> None:
    """N stacks: ⌈N / 100⌉ calls, detections of drift aside, which have a budget of their own."""
    for number in range(stacks):
        yard.stand(f"crate{number}")
    yard.run()
    yard.world.clock.advance(60)
    yard.run()

    found = yard.last()

    pages = -(-stacks // 100)
    assert yard.survey.calls == ["ListStacks"] * pages + ["DetectStackDrift"] * min(AT_ONCE, max(0, stacks - 40))
    assert (found.counts.mismatches, found.counts.repaired, found.cause) == (0, 0, None)


def test_a_lost_mirror_takes_stretches_of_a_bounded_number_of_calls(yard: Yard) -> None:
    """200 lost rows: two calls each, at most CALLS in a stretch beside its listing; the state between them is small."""
    for number in range(200):
        yard.stand(f"crate{number}")
    stretches, calls = [Progress(project="apollo", remaining=True)], []
    while stretches[-1].remaining:
        yard.survey.calls.clear()
        stretches.append(yard.reconciler().stretch(stretches[-1]))
        calls.append(len(yard.survey.calls))

    assert calls == [*[CALLS + 2] * 4, CALLS + 2 + AT_ONCE]  # what agrees is looked at for drift at the end
    assert stretches[-1].counts.repaired == len(yard.world.resources.rows) == 200
    assert stretches[-1].counts.calls_made == sum(calls)
    assert all(len(str(each.to_wire())) < 400 for each in stretches)


def test_a_stack_without_a_row_is_adopted_only_if_it_is_ours(yard: Yard) -> None:
    """By its tags and its template, both agreeing with its name; somebody else's is let be."""
    yard.stand("foreign", tags={"stowage:project": "gemini", "stowage:kind": "crate", "stowage:name": "foreign"})
    yard.stand("untagged", tags={})
    other = yard.stand("other")
    yard.world.stacks.by_id[other].template = {}

    found = yard.last()

    assert yard.world.resources.rows == {}
    assert (found.counts.mismatches, found.counts.failed) == (0, 1)
    assert found.cause == f"{stack_name('crate', 'other')}: its template does not tell what it was made of."


def test_a_row_whose_stack_is_gone_goes_missing_and_names_nobody(yard: Yard) -> None:
    """Confirmed by a description; its marks go with it, so that what it named can be deleted."""
    yard.stand("apples")
    gone = yard.stand("north", "pallet", spec={"description": "north", "crates": ["apples"]})
    yard.run()
    assert yard.row("apples").resource.referenced_by != ()
    yard.world.stacks.settle(gone, "DELETE_COMPLETE")

    found = yard.last()

    missing = yard.row("north", "pallet").resource
    assert (missing.status, missing.stack_status, missing.outputs) == ("MISSING", "DELETE_COMPLETE", {})
    assert yard.row("apples").resource.referenced_by == ()
    assert (found.counts.mismatches, found.counts.repaired) == (1, 1)
    assert yard.last().counts.mismatches == 0


def test_what_a_listing_lacks_and_a_description_has_is_not_gone(yard: Yard) -> None:
    """Listings are eventually consistent."""
    yard.stand("apples")
    yard.run()
    yard.survey.unlisted.add(stack_name("crate", "apples"))

    found = yard.last()

    assert yard.row("apples").resource.status == "ACTIVE"
    assert found.counts.mismatches == 0


def test_a_creation_that_never_made_a_stack_stays_failed(yard: Yard) -> None:
    """It is not missing: it never stood."""
    yard.world.lock()
    failed = {"lock": None, "status": ResourceStatus.CREATE_FAILED, "stack_status": None}
    held = yard.world.row
    yard.world.resources.put(held.model_copy(update={"resource": held.resource.model_copy(update=failed)}))

    found = yard.last()

    assert yard.world.row.resource.status == "CREATE_FAILED"
    assert found.counts.mismatches == 0


def test_a_stack_that_was_changed_by_hand_is_shown_as_it_is(yard: Yard) -> None:
    """Spec, version and outputs from the stack; nothing of it is written while an operation runs."""
    stack_id = yard.stand("apples")
    yard.run()
    yard.stand("apples", status="UPDATE_IN_PROGRESS", updated_at="2026-11-23T10:00:00.000Z", version=2)
    waiting = yard.last()
    yard.stand(
        "apples", status="UPDATE_COMPLETE", updated_at="2026-11-23T10:00:00.000Z", version=2, outputs={"Arn": "b"}
    )

    found = yard.last()

    assert (waiting.counts.waiting, waiting.counts.mismatches) == (1, 0)
    assert (yard.row("apples").resource.version, yard.row("apples").resource.outputs) == (2, {"Arn": "b"})
    assert (found.counts.mismatches, found.counts.repaired, yard.row("apples").stack_id) == (1, 1, stack_id)


def test_a_dead_lock_is_freed_with_the_stacks_truth(yard: Yard) -> None:
    """The execution has ended and nothing runs: the lock goes, the change gets its end (L3)."""
    change = yard.world.lock().change
    stack_id = yard.stand("apples", spec={"description": "Apples"})
    yard.world.executions.start(change.change, change.to_input())
    yard.world.executions.end(change.change, "ABORTED")

    found = yard.last()

    assert yard.row("apples").resource.lock is None
    assert (yard.row("apples").resource.status, yard.row("apples").resource.outcome) == ("ACTIVE", "ABORTED")
    assert (found.counts.locks_freed, len(yard.closed)) == (1, 1)
    assert (yard.row("apples").stack_id, yard.row("apples").stack_updated_at) == (stack_id, AT)
    assert yard.last().counts.mismatches == 0


def test_a_kept_lock_is_resolved_once_its_stack_rests(yard: Yard) -> None:
    """STILL_RUNNING left it: while the stack runs it stays, and its age is measured; afterwards it goes (L7)."""
    change = yard.world.lock().change
    yard.stand("apples", status="CREATE_IN_PROGRESS")
    yard.world.executions.start(change.change, change.to_input())
    yard.world.executions.end(change.change, "FAILED", error="STILL_RUNNING")
    waiting = yard.last()
    assert (waiting.counts.locks_freed, waiting.counts.waiting, len(yard.kept)) == (0, 1, 1)
    yard.stand("apples", spec={"description": "Apples"})

    found = yard.last()

    assert (found.counts.locks_freed, yard.row("apples").resource.status) == (1, "ACTIVE")
    assert yard.row("apples").resource.outcome == "STILL_RUNNING"


def test_a_lock_whose_execution_never_began_is_freed_when_it_is_old_enough(yard: Yard) -> None:
    """Step Functions does not know it: at once that may be a delay, after a quarter of an hour it is an end."""
    yard.world.lock()
    assert yard.last().counts.locks_freed == 0
    yard.world.clock.advance(16 * 60)

    assert yard.last().counts.locks_freed == 1


def test_a_running_change_is_left_alone(yard: Yard) -> None:
    """Its row is not touched, whatever the stack shows."""
    change = yard.world.lock(Action.CREATE).change
    yard.world.executions.start(change.change, change.to_input())
    yard.stand("apples")
    before = yard.row("apples")

    found = yard.last()

    assert yard.row("apples") == before
    assert (found.counts.waiting, found.counts.mismatches) == (1, 0)


def test_a_change_that_comes_and_goes_meanwhile_is_not_overwritten(yard: Yard) -> None:
    """The fence that was read is not there any more: its row is newer than this look."""
    yard.stand("apples")
    yard.run()
    stale = yard.row("apples")
    yard.stand("apples", status="UPDATE_COMPLETE", version=2)
    rows = yard.mirror.rows

    def overtaken(project: str) -> tuple[ResourceRow, ...]:
        read = rows(project)
        yard.world.resources.put(stale.model_copy(update={"fence": stale.fence + 1}))
        return read

    yard.mirror.rows = overtaken  # type: ignore[method-assign]

    found = yard.last()

    assert yard.row("apples").resource == stale.resource
    assert (found.counts.mismatches, found.counts.repaired, found.counts.waiting) == (1, 0, 1)


def test_one_stack_that_cannot_be_read_stops_no_other(yard: Yard) -> None:
    """It is counted and its sentence kept; the rest is put right."""
    yard.stand("apples")
    yard.stand("pears")
    yard.survey.refusals[stack_name("crate", "apples")] = AccessDeniedError("The role refuses.")

    found = yard.last()

    assert [key.name for key in yard.world.resources.rows] == ["pears"]
    assert (found.counts.failed, found.cause) == (1, f"{stack_name('crate', 'apples')}: The role refuses.")


def test_a_throttled_account_ends_the_stretch_and_loses_nothing(yard: Yard) -> None:
    """What was done is counted, and the machine's pause comes in between; at the very first it is the state's Retry."""
    yard.stand("apples")
    yard.stand("pears")
    yard.survey.refusals[stack_name("crate", "pears")] = ThrottledError("Slow down.")

    first = yard.reconciler().stretch(Progress(project="apollo"))

    assert (first.remaining, first.cursor, first.counts.repaired) == (True, stack_name("crate", "apples"), 1)
    with pytest.raises(ThrottledError):
        yard.reconciler().stretch(first)


def test_drift_is_asked_for_and_told_by_a_later_run(yard: Yard) -> None:
    """Begun in one run, read in a later one; once a day, and again after an update."""
    stack_id = yard.stand("apples")
    yard.run()
    yard.run()
    assert yard.survey.calls.count("DetectStackDrift") == 1
    yard.run()
    assert yard.survey.calls.count("DetectStackDrift") == 0
    yard.survey.detections[stack_id] = ("DRIFTED", "2026-11-23T09:00:01.000Z")
    yard.survey.found[stack_id] = (DriftedResource(type="AWS::S3::Bucket", id="Crate", status="MODIFIED"),)

    found = yard.last()

    drift = yard.row("apples").resource.drift
    assert drift is not None
    assert (drift.status, drift.resources) == ("DRIFTED", yard.survey.found[stack_id])
    assert found.counts.drifted == 1
    assert yard.last().counts.drifted == 1
    yard.world.clock.advance(25 * 3600)
    yard.run()
    assert yard.survey.calls.count("DetectStackDrift") == 1


def test_a_key_that_nobody_minted_through_stowage_is_drift(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """No stack knows access keys: IAM's list is held against the row that tells of them."""
    rules = CredentialRules(user_name=str, rotate_every_days=lambda _spec: None, probe_prefix=lambda _spec: None)
    monkeypatch.setitem(KINDS, "crate", crate(credentials=rules))
    stack_id = yard.stand("apples")
    world = yard.world
    world.projects.put_project(world.project.model_copy(update={"credentials_role_arn": "arn:aws:iam::1:role/x"}))
    project = world.projects.projects["apollo"]
    world.keys.add_user("apples")
    minted = world.keys.create(project, "apples", person="hand")
    yard.run()
    yard.run()
    yard.survey.detections[stack_id] = ("IN_SYNC", "2026-11-23T09:00:01.000Z")

    yard.run()

    drift = yard.row("apples").resource.drift
    assert drift is not None
    assert [(each.type, each.id, each.status) for each in drift.resources] == [
        ("AWS::IAM::AccessKey", minted.access_key_id, "UNEXPECTED")
    ]


@pytest.fixture
def checked(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """Give a yard with a crate that is read directly, and that stands as its template says."""
    monkeypatch.setitem(KINDS, "crate", crate(checks=(CHECK,)))
    yard.stand("apples")
    yard.live.there["AWS::S3::Bucket", "apples"] = {"BucketName": "apples"}
    yard.run()
    yard.run()
    return yard


def test_what_cloudformation_leaves_out_is_read_directly(checked: Yard) -> None:
    """The kind says what; beside each result, held against the stack's own template, and told to open pages."""
    in_sync = checked.told("apples")
    checked.world.listen("page")
    checked.live.there["AWS::S3::Bucket", "apples"] = {"BucketName": "apples", "Tags": [{"Key": "secret"}]}
    modified = checked.told("apples", checked_at="2026-11-24T09:00:00.000Z")
    del checked.live.there["AWS::S3::Bucket", "apples"]
    deleted = checked.told("apples", checked_at="2026-11-25T09:00:00.000Z")

    assert (in_sync.status, in_sync.resources) == ("IN_SYNC", ())
    assert (modified.status, modified.checked_at) == ("DRIFTED", "2026-11-24T09:00:00.000Z")
    assert modified.resources == (
        DriftedResource(type="AWS::S3::Bucket", id="Crate", status="MODIFIED", properties=("/Tags",)),
    )
    assert [(each.id, each.status) for each in deleted.resources] == [("Crate", "DELETED")]
    messages = checked.world.connections.messages("page")
    assert [each["resource"]["drift"]["status"] for each in messages] == ["DRIFTED", "DRIFTED"]
    assert "secret" not in str(messages)


def test_what_cloudformation_tells_itself_is_told_once(checked: Yard) -> None:
    """Should it ever look at what is read directly, its own paths stand."""
    stack_id = checked.row("apples").stack_id or ""
    its_own = DriftedResource(type="AWS::S3::Bucket", id="Crate", status="MODIFIED", properties=("/Tags/0/Value",))
    checked.survey.found[stack_id] = (its_own,)
    checked.live.there["AWS::S3::Bucket", "apples"] = {"BucketName": "apples", "Tags": ["pears"]}

    assert checked.told("apples", "DRIFTED").resources == (its_own,)


def test_what_may_not_be_read_is_unknown_and_waits_for_the_next_day(checked: Yard) -> None:
    """Never in sync, as nobody has seen it; and not asked for again in every run."""
    checked.live.there["AWS::S3::Bucket", "apples"] = AccessDeniedError("The role refuses.")

    assert (drift := checked.told("apples")).status == "UNKNOWN"
    assert drift.resources == ()
    checked.live.read_types.clear()
    checked.run()
    assert checked.live.read_types == []


def test_a_change_that_begins_meanwhile_keeps_its_drift_to_itself(checked: Yard) -> None:
    """Its stack is half old and half new: the result of the time before is not written."""
    row = checked.row("apples")
    read = checked.live.read

    def overtaken(*asked: Any) -> Any:
        checked.world.resources.put(row.model_copy(update={"fence": row.fence + 1}))
        return {**(read(*asked) or {}), "Tags": ["half"]}

    checked.live.read = overtaken  # type: ignore[method-assign,assignment]
    checked.survey.detections[row.stack_id or ""] = ("IN_SYNC", LATER)
    found = checked.last()

    assert checked.row("apples").resource.drift is None
    assert found.counts.drifted == 0


def test_results_are_read_within_the_budget_and_the_longest_waiting_first(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template's reading is a call of CloudFormation, as a detection is."""
    monkeypatch.setitem(KINDS, "crate", crate(checks=(CHECK,)))
    names = [f"crate{number:03}" for number in range(2 * AT_ONCE)]
    for name in names:
        stack_id = yard.stand(name)
        yard.live.there["AWS::S3::Bucket", name] = {"BucketName": name}
        yard.survey.detections[stack_id] = ("DRIFTED", LATER)
        yard.survey.found[stack_id] = ()
    yard.run()
    for number, name in enumerate(reversed(names)):
        yard.mirror.note_drift(
            ResourceKey("apollo", "crate", name),
            None,
            asked_at=f"2026-11-23T08:00:00.{number:03}Z",
            fence=yard.row(name).fence,
        )

    yard.run()

    told = [name for name in names if yard.row(name).resource.drift is not None]
    assert told == names[-(AT_ONCE // 2) :]
    assert (
        len([call for call in yard.survey.calls if call in {"GetTemplate", "DescribeStackResourceDrifts"}]) == AT_ONCE
    )


def test_open_pages_hear_of_what_was_put_right(yard: Yard) -> None:
    """Few rows are sent; of many, the gap in the sequence numbers tells a page to read anew."""
    yard.world.listen("page")
    yard.stand("apples")

    yard.run()

    [message] = yard.world.connections.messages("page")
    assert (message["type"], message["resource"]["name"]) == ("resource", "apples")
    for number in range(30):
        yard.stand(f"more{number}")
    yard.run()
    assert len(yard.world.connections.messages("page")) == 1
    assert yard.world.resources.get_seq("apollo") == 31
