"""What must hold of people's own data: nothing is removed but by who holds the lock, no stack deleted that holds it."""

from dataclasses import dataclass, field

from stowage.adapters.dynamodb.items import from_item
from stowage.domain.changes import Mode
from stowage.domain.stacks import NEVER_STOOD
from tests.simulation.aws_faults import AwsCall, Fault
from tests.simulation.executions import Executions
from tests.simulation.invariants import Invariants
from tests.simulation.sim_stack import Operation
from tests.simulation.world import World


@dataclass
class Removals:
    """Watches a world for `invariants`."""

    world: World
    executions: Executions
    invariants: Invariants
    held_at_its_look: dict[tuple[str, str], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Watch."""
        self.world.watchers.append(self._called)
        self.world.stacks.begins.append(self._began)

    def _called(self, call: AwsCall) -> None:
        if call.state != "EmptyContents":
            return
        if call.operation == "get_item" and call.arguments["Key"]["sk"]["S"].startswith("RESOURCE#"):
            key = call.arguments["Key"]
            row = from_item(self.world.table.rows.get((key["pk"]["S"], key["sk"]["S"])) or {})
            own = row.get("lock", {}).get("change") == call.change and row.get("fence") == call.fence
            self.held_at_its_look[call.change, call.state] = own
        if call.operation == "delete_objects" and not self.held_at_its_look[call.change, call.state]:
            self.invariants.say(f"{call.change} removed what a bucket holds, without its lock")

    def _began(self, operation: Operation) -> None:
        """A deletion looks first, and does not touch the stack of what holds something; denied the look, it cannot."""
        call = self.world.making
        if call is None or operation.verb != "delete" or call.change not in self.executions.by_name:
            return
        request = self.executions.by_name[call.change].run.given
        if request.get("mode") == Mode.RETAIN:
            return  # S3 refuses; what the bucket holds stays
        stood = self.world.stacks.past[operation.stack_id][-2][1].status not in NEVER_STOOD
        denied = any(fault is Fault.DENIED for _, _, fault in self.world.plan.hits)
        if request["action"] == "delete" and stood and not denied and self.world.buckets.holds(request["name"]):
            self.invariants.say(f"{call.change} began to delete a bucket that holds something")
