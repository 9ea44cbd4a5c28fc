"""What stack events write to the mirror, in memory."""

from collections.abc import Iterable

from stowage.domain.merge import is_stack_of, merge_all
from stowage.domain.ports import ResourceKey, Sighted
from stowage.domain.resources import stack_name as name_of_stack
from stowage.domain.stack_events import StackEvent
from tests.unit.fakes.resources import FakeResources


class FakeSightings:
    """Port `Sightings` on the rows of `FakeResources`; `merges` counts."""

    def __init__(self, resources: FakeResources) -> None:
        self.resources = resources
        self.merges = 0

    def find(self, project: str, stack_name: str) -> ResourceKey | None:
        """Look at every row's stack."""
        rows = (each for each in self.resources.rows if each.project == project)
        return next((each for each in rows if name_of_stack(each.kind, each.name) == stack_name), None)

    def merge(self, row_of: ResourceKey, stack_id: str, events: Iterable[StackEvent]) -> Sighted | None:
        """Merge the events into what is known of the row's stack."""
        self.merges += 1
        row, told = self.resources.rows.get(row_of), tuple(events)
        if row is None or not is_stack_of(row, stack_id, told):
            return None
        before = self.resources.sight_of(row_of, stack_id)
        after = merge_all(before, told)
        if after != before:
            self.resources.sights[row_of] = after
            resource = row.resource.model_copy(update={"stack_status": after.status})
            row = row.model_copy(update={"resource": resource, "heard": after.operation or None})
            self.resources.rows[row_of] = row
        return Sighted(row, after, news=after != before)
