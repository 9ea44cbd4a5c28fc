"""In-memory answers to the ports of `stowage.domain.onboarding`."""

from dataclasses import dataclass, field
from typing import Any

from operate.occupancy import Mirror
from stowage.domain.errors import InvalidRequestError
from stowage.domain.kinds import Template
from stowage.domain.onboarding import SignIn
from stowage.domain.stacks import Stack
from tests.unit.fakes.changes import FakeChanges
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.projects import FakeProjects
from tests.unit.fakes.resources import FakeResources

OUTPUTS = {
    "DeployRoleArn": "arn:aws:iam::111111111111:role/StowageDeploy",
    "CredentialsRoleArn": "arn:aws:iam::111111111111:role/StowageCredentials",
    "SurveyRoleArn": "arn:aws:iam::111111111111:role/StowageSurvey",
    "ServiceRoleArn": "arn:aws:iam::111111111111:role/StowageCloudFormation",
    "BoundaryArn": "arn:aws:iam::111111111111:policy/StowageBoundary",
    "LogBucket": "stowage-logs-111111111111-eu-west-1",
    "KmsKeyArn": "arn:aws:kms:eu-west-1:111111111111:key/1",
    "TopicArn": "arn:aws:sns:eu-west-1:111111111111:stowage-stack-events",
    "Version": "1",
}


SERVER_ID = "s-0123456789abcdef0"


def mirror(projects: FakeProjects, **fakes: Any) -> Mirror:
    """Give a hub that knows these projects, and nothing in them but what the fakes hold."""
    given = {"resources": FakeResources(), "changes": FakeChanges(), "clock": FakeClock(), **fakes}
    return Mirror(projects, **given)


@dataclass
class FakeHours:
    """Time that passes only while somebody sleeps."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        """Give the seconds slept."""
        return self.seconds

    def sleep(self, seconds: float, /) -> None:
        """Let time pass."""
        self.seconds += seconds


@dataclass
class FakeStackEventQueue:
    """Port `StackEventQueue`; `topics` are those that it is subscribed to, with their regions."""

    topics: set[tuple[str, str]] = field(default_factory=set)

    def subscribe(self, topic_arn: str, region: str) -> None:
        """Remember the topic."""
        self.topics.add((topic_arn, region))


@dataclass
class FakeAccount:
    """Port `ProjectAccount`: one account whose stack operations take `polls` looks and end in `ends`, then well."""

    polls: int = 2
    ends: list[str] = field(default_factory=list)
    failure: str | None = None
    blocked: bool = False
    stack: Stack | None = None
    template: Template | None = None
    protected: bool = False
    calls: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=lambda: dict(OUTPUTS))
    left: int = 0
    incarnation: int = 0
    number: str = "111111111111"
    region: str = "eu-west-1"
    buckets: set[str] = field(default_factory=set)

    def owns_bucket(self, name: str) -> bool:
        """Tell whether it stands."""
        return name in self.buckets

    def block_public_access(self) -> bool:
        """Switch the block on."""
        changed, self.blocked = not self.blocked, True
        return changed

    def describe(self, stack: str) -> Stack | None:
        """Give the stack; each look brings its operation nearer to its end."""
        found = self.stack
        if found is None or stack not in {found.name, found.stack_id}:
            return None
        if found.running:
            self.left -= 1
            if self.left <= 0:
                self._end(found)
        return self.stack

    def create(self, stack: str, template: Template, tags: dict[str, str]) -> None:
        """Start the creation."""
        assert self.stack is None
        self.incarnation += 1
        stack_id = f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{stack}/{self.incarnation}"
        self._begin("create", Stack(stack_id=stack_id, name=stack, status="CREATE_IN_PROGRESS", tags=tags))
        self.template = template

    def update(self, stack: str, template: Template, tags: dict[str, str]) -> bool:
        """Start the update, if the template is another."""
        assert self.stack is not None
        assert stack == self.stack.name
        if template == self.template:
            return False
        self._begin("update", self.stack.model_copy(update={"status": "UPDATE_IN_PROGRESS", "tags": tags}))
        self.template = template
        return True

    def delete(self, stack: str) -> None:
        """Start the deletion."""
        assert self.stack is not None
        assert stack == self.stack.stack_id
        assert not self.protected, "CloudFormation refuses to delete a protected stack."
        self._begin("delete", self.stack.model_copy(update={"status": "DELETE_IN_PROGRESS"}))

    def protect(self, stack: str) -> None:
        """Protect the stack."""
        assert self.stack is not None
        assert stack == self.stack.name
        self.protected = True

    def unprotect(self, stack: str) -> None:
        """Lift the protection."""
        assert self.stack is not None
        assert stack == self.stack.name
        self.protected = False

    def first_failure(self, stack: str) -> str | None:
        """Give the planted failure."""
        assert self.stack is not None
        assert stack == self.stack.stack_id
        return self.failure

    def _begin(self, call: str, stack: Stack) -> None:
        self.calls.append(call)
        self.stack, self.left = stack, self.polls

    def _end(self, stack: Stack) -> None:
        if stack.status == "DELETE_IN_PROGRESS":
            self.stack = None
            return
        status = self.ends.pop(0) if self.ends else stack.status.replace("_IN_PROGRESS", "_COMPLETE")
        made = {"SftpServerId": SERVER_ID} if "SftpServer" in (self.template or {}).get("Resources", {}) else {}
        self.stack = stack.model_copy(update={"status": status, "outputs": self.outputs | made})


@dataclass
class FakeSignIns:
    """Port `SignIns`."""

    users: dict[str, SignIn] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    invited: list[str] = field(default_factory=list)

    def find(self, email: str) -> SignIn | None:
        """Give the user or None."""
        return self.users.get(email)

    def create(self, email: str, name: str, *, invite: bool) -> SignIn:
        """Create the user."""
        assert email not in self.users
        self.users[email] = SignIn(id=f"sub-{len(self.users)}", email=email, name=name, enabled=True)
        self.invited += [email] if invite else []
        return self.users[email]

    def set_password(self, user: SignIn, password: str) -> None:
        """Set the password; a short one breaks the policy."""
        if len(password) < 12:
            raise InvalidRequestError("Password is too short.")
        self.passwords[user.email] = password

    def enable(self, user: SignIn) -> None:
        """Let the user in."""
        self._switch(user, enabled=True)

    def disable(self, user: SignIn) -> None:
        """Keep the user out."""
        self._switch(user, enabled=False)

    def _switch(self, user: SignIn, *, enabled: bool) -> None:
        self.users[user.email] = SignIn(id=user.id, email=user.email, name=user.name, enabled=enabled)
