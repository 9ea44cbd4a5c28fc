"""CloudFormation, scripted: stacks go through their statuses on the virtual clock, with events, tokens and templates.

What an operation comes to, a script says. Answers and refusals are the API's own, as far as the adapters read them:
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from tests.simulation.aws_faults import client_error
from tests.simulation.sim_stack import Operation, SimStack, moment_of
from tests.simulation.stack_statuses import ENDS, UPDATABLE
from tests.simulation.timeline import Timeline, Timer

ACCOUNT = "111111111111"
STACK = "AWS::CloudFormation::Stack"
NEVER = float("inf")

FAILING = {
    "ROLLBACK_IN_PROGRESS",
    "CREATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_FAILED",
    "DELETE_FAILED",
}
REASON = "The bucket said no."
NOT_EMPTY = "The bucket you tried to delete is not empty (Service: S3, Status Code: 409)"
CANCELLED = "Resource update cancelled"


Script = Callable[[str, SimStack], tuple[str, float]]
"""Of an operation that begins: what it comes to (a key of ENDS) and how many seconds that takes."""


@dataclass
class CloudFormation:
    """One account's stacks; `operations` are those that really began.

    `again` says how a used token is answered: "idempotent", "token refused", or "exists": by the rule that comes first.
    """

    timeline: Timeline
    script: Script
    again: str = "idempotent"
    stop_has_own_token: bool = True
    """Whether the events after a CancelUpdateStack carry its token, or go on with the update's: not documented."""
    holds: Callable[[SimStack], bool] = lambda _stack: False
    """Whether something in a stack is not empty, so that its deletion fails."""
    retaining: set[str] = field(default_factory=set)
    """The tokens of deletions that leave standing what holds something."""
    checked: dict[str, float] = field(default_factory=dict)
    """When a stack was last looked at for drift; none ever has any."""
    stops: dict[str, str] = field(default_factory=dict)
    """The token by which an operation went on that was stopped, by its own."""
    coming: dict[str, list[Timer]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    stacks: dict[str, SimStack] = field(default_factory=dict)
    past: dict[str, list[tuple[float, SimStack]]] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    begins: list[Callable[[Operation], None]] = field(default_factory=list)
    tells: list[Callable[[dict[str, Any]], None]] = field(default_factory=list)
    """Who is told of each event: the project's topic."""
    told: int = 0

    def call(self, operation: str, arguments: dict[str, Any], as_of: float | None = None) -> dict[str, Any]:
        """Make a call as a client makes it. Raises ClientError, and NotImplementedError for what is not known."""
        verb = getattr(self, f"_{operation}", None)
        if verb is None:
            raise NotImplementedError(f"The simulation's CloudFormation does not know {operation}.")
        answer: dict[str, Any] = verb(arguments, as_of)
        return answer

    def find(self, which: str, as_of: float | None = None) -> SimStack | None:
        """Give a stack by id or, if it lives, by name."""
        for stack_id in reversed(self.stacks):
            seen = [stack for at, stack in self.past[stack_id] if as_of is None or at <= as_of]
            if seen and (which == stack_id or (which == seen[-1].name and seen[-1].live)):
                return seen[-1]
        return None

    def lay(self, name: str, status: str, template: dict[str, Any], tags: dict[str, str], **fields: Any) -> SimStack:
        """Lay a stack into the account, as a given."""
        body = json.dumps(template)
        stack = SimStack(self._new_id(name), name, status, body, body, tuple(tags.items()), self.timeline.now_seconds)
        kept = self._keep(replace(stack, **fields))
        self.past[kept.stack_id] = [(-NEVER, kept)]
        return kept

    def go_through(self, stack_id: str, statuses: tuple[str, ...], seconds: float) -> None:
        """Let a stack take these statuses, so many seconds all in all."""
        for timer in self.coming.pop(stack_id, []):
            timer.cancel()
        if seconds == NEVER:
            return
        self.coming[stack_id] = [
            self.timeline.after(seconds * number / len(statuses), partial(self._turn, stack_id, status))
            for number, status in enumerate(statuses, 1)
        ]

    def _turn(self, stack_id: str, status: str) -> None:
        stack = self.stacks[stack_id]
        standing = stack.template if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"} else stack.standing
        template = stack.standing if status == "UPDATE_ROLLBACK_COMPLETE" else stack.template
        self._keep(self._told(replace(stack, status=status, standing=standing, template=template)))

    def _told(self, stack: SimStack) -> SimStack:
        """Add the events of a new status: a failing resource's before the stack's own."""
        common = {"StackId": stack.stack_id, "ClientRequestToken": stack.token, "Timestamp": self._moment()}
        own = {"ResourceType": STACK, "LogicalResourceId": stack.name, "PhysicalResourceId": stack.stack_id}
        events = [{**common, **own, "ResourceStatus": stack.status}]
        reason = self.reasons.get(stack.stack_id, REASON)
        if stack.status in FAILING and reason:
            failed = {
                "LogicalResourceId": "Bucket",
                "ResourceStatus": "UPDATE_FAILED",
                "ResourceStatusReason": reason,
                "ResourceType": "AWS::S3::Bucket",
                "PhysicalResourceId": "b",
            }
            events.insert(0, {**common, **failed})
        for event in events:
            self.told += 1
            event["EventId"] = f"event-{self.told:06d}"
            for tell in self.tells:
                tell(event)
        return replace(stack, events=(*stack.events, *events))

    def _keep(self, stack: SimStack) -> SimStack:
        self.stacks[stack.stack_id] = stack
        self.past.setdefault(stack.stack_id, []).append((self.timeline.now_seconds, stack))
        return stack

    def _begin(self, verb: str, stack: SimStack, status: str, token: str) -> SimStack:
        self.reasons[stack.stack_id] = CANCELLED if verb == "cancelUpdate" else ""
        begun = self._keep(self._told(replace(stack, status=status, token=token)))
        operation = Operation(verb, stack.stack_id, token, self.timeline.now_seconds)
        self.operations.append(operation)
        for watch in self.begins:
            watch(operation)
        end, seconds = self.script(verb, begun)
        if verb == "delete" and self.holds(stack) and token not in self.retaining:
            end = "not empty"
        if verb != "cancelUpdate" or end == "stuck":
            self.reasons[stack.stack_id] = NOT_EMPTY if end == "not empty" else REASON
        self.go_through(stack.stack_id, ENDS[verb].get(end, ENDS[verb]["done"]), seconds)
        return begun

    def _create_stack(self, arguments: dict[str, Any], _as_of: float | None) -> dict[str, Any]:
        name, token = arguments["StackName"], arguments["ClientRequestToken"]
        made = next((each.stack_id for each in self.operations if each.token == token), None)
        if made is not None and self.again == "idempotent":
            return {"StackId": made}
        if made is not None and (self.again == "token refused" or self.find(name) is None):
            raise client_error("TokenAlreadyExistsException", "The token was used.", "CreateStack")
        if self.find(name) is not None:
            raise client_error("AlreadyExistsException", f"Stack [{name}] already exists", "CreateStack")
        body = arguments["TemplateBody"]
        tags = tuple((tag["Key"], tag["Value"]) for tag in arguments["Tags"])
        stack = SimStack(self._new_id(name), name, "", body, "{}", tags, self.timeline.now_seconds)
        return {"StackId": self._begin("create", stack, "CREATE_IN_PROGRESS", token).stack_id}

    def _update_stack(self, arguments: dict[str, Any], _as_of: float | None) -> dict[str, Any]:
        name, token = arguments["StackName"], arguments["ClientRequestToken"]
        stack = self.find(name)
        if stack is None:
            raise client_error("ValidationError", f"Stack [{name}] does not exist", "UpdateStack")
        used = self._used(stack, token)
        if used and self.again == "idempotent":
            return {"StackId": stack.stack_id}
        if used and (self.again == "token refused" or stack.status in UPDATABLE):
            raise client_error("TokenAlreadyExistsException", "The token was used.", "UpdateStack")
        if stack.status not in UPDATABLE:
            sentence = f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
            raise client_error("ValidationError", sentence, "UpdateStack")
        if stack.standing == arguments["TemplateBody"]:
            raise client_error("ValidationError", "No updates are to be performed.", "UpdateStack")
        changed = replace(stack, template=arguments["TemplateBody"], updated=self.timeline.now_seconds)
        return {"StackId": self._begin("update", changed, "UPDATE_IN_PROGRESS", token).stack_id}

    def _delete_stack(self, arguments: dict[str, Any], _as_of: float | None) -> dict[str, Any]:
        stack, token = self.find(arguments["StackName"]), arguments["ClientRequestToken"]
        if stack is None or not stack.live:
            return {}
        used = self._used(stack, token)
        if used and self.again == "idempotent":
            return {}
        if used and (self.again == "token refused" or not stack.running):
            raise client_error("TokenAlreadyExistsException", "The token was used.", "DeleteStack")
        if stack.status == "CREATE_IN_PROGRESS":
            self._stop(stack, token)  # whoever wants a creation to stop deletes its stack
        elif stack.running:
            if stack.status == "DELETE_IN_PROGRESS":
                return {}
            sentence = f"Stack [{stack.name}] cannot be deleted while in status {stack.status}"
            raise client_error("ValidationError", sentence, "DeleteStack")
        if arguments.get("RetainResources"):
            if stack.status != "DELETE_FAILED":
                sentence = "RetainResources can be specified only for a stack in the DELETE_FAILED state"
                raise client_error("ValidationError", sentence, "DeleteStack")
            self.retaining.add(token)
        self._begin("delete", stack, "DELETE_IN_PROGRESS", token)
        return {}

    def _cancel_update_stack(self, arguments: dict[str, Any], _as_of: float | None) -> dict[str, Any]:
        stack, token = self._found(arguments["StackName"], None, "CancelUpdateStack"), arguments["ClientRequestToken"]
        if stack.status != "UPDATE_IN_PROGRESS":
            sentence = f"CancelUpdateStack cannot be called from current stack status {stack.status}"
            raise client_error("ValidationError", sentence, "CancelUpdateStack")
        goes_on = token if self.stop_has_own_token else str(stack.token)
        self._stop(stack, goes_on)
        self._begin("cancelUpdate", stack, "UPDATE_ROLLBACK_IN_PROGRESS", goes_on)
        return {}

    def _stop(self, stack: SimStack, token: str) -> None:
        if stack.token is not None:
            self.stops[stack.token] = token

    def _continue_update_rollback(self, arguments: dict[str, Any], _as_of: float | None) -> dict[str, Any]:
        return self._roll_back(arguments, "ContinueUpdateRollback", "continueRollback", "UPDATE_ROLLBACK_FAILED")

    def _rollback_stack(self, arguments: dict[str, Any], _as_of: float | None) -> dict[str, Any]:
        return self._roll_back(arguments, "RollbackStack", "rollback", "UPDATE_FAILED")

    def _roll_back(self, arguments: dict[str, Any], operation: str, verb: str, status: str) -> dict[str, Any]:
        stack, token = self._found(arguments["StackName"], None, operation), arguments["ClientRequestToken"]
        used = self._used(stack, token)
        if used and self.again == "idempotent":
            return {}
        if used and (self.again == "token refused" or stack.status == status):
            raise client_error("TokenAlreadyExistsException", "The token was used.", operation)
        if stack.status != status:
            sentence = f"Stack:{stack.stack_id} is in {stack.status} state and can not be rolled back."
            raise client_error("ValidationError", sentence, operation)
        self._begin(verb, stack, "UPDATE_ROLLBACK_IN_PROGRESS", token)
        return {}

    def _describe_stacks(self, arguments: dict[str, Any], as_of: float | None) -> dict[str, Any]:
        stack = self._found(arguments["StackName"], as_of, "DescribeStacks")
        return {"Stacks": [stack.described()]}

    def _describe_stack_events(self, arguments: dict[str, Any], as_of: float | None) -> dict[str, Any]:
        stack = self._found(arguments["StackName"], as_of, "DescribeStackEvents")
        return {"StackEvents": [dict(event) for event in reversed(stack.events)]}

    def _get_template(self, arguments: dict[str, Any], as_of: float | None) -> dict[str, Any]:
        return {"TemplateBody": json.loads(self._found(arguments["StackName"], as_of, "GetTemplate").template)}

    def _list_stacks(self, arguments: dict[str, Any], as_of: float | None) -> dict[str, Any]:
        wanted = set(arguments["StackStatusFilter"])
        found = [stack for stack_id in self.stacks if (stack := self.find(stack_id, as_of)) and stack.status in wanted]
        return {"StackSummaries": [stack.summary(self.checked.get(stack.stack_id)) for stack in found]}

    def _detect_stack_drift(self, arguments: dict[str, Any], _as_of: float | None) -> dict[str, Any]:
        stack = self._found(arguments["StackName"], None, "DetectStackDrift")
        if stack.running:
            sentence = f"Stack:{stack.stack_id} is in {stack.status} state and can not be checked for drift."
            raise client_error("ValidationError", sentence, "DetectStackDrift")
        self.checked[stack.stack_id] = self.timeline.now_seconds
        return {"StackDriftDetectionId": stack.stack_id}

    def _used(self, stack: SimStack, token: str) -> bool:
        """Tell whether an operation on the stack began with this token; none ever begins with it again."""
        return any(each.stack_id == stack.stack_id and each.token == token for each in self.operations)

    def _found(self, which: str, as_of: float | None, operation: str) -> SimStack:
        stack = self.find(which, as_of)
        if stack is None:
            raise client_error("ValidationError", f"Stack with id {which} does not exist", operation)
        return stack

    def _new_id(self, name: str) -> str:
        return f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/{name}/{len(self.stacks) + 1:04d}"

    def _moment(self) -> datetime:
        return moment_of(self.timeline.now_seconds)
