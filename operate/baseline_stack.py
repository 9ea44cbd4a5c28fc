"""The baseline stack of a project's account: deployed, removed, waited for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from operate.refusals import OperatorError
from stowage.catalog.baseline import STACK_NAME, Hub
from stowage.catalog.baseline_storage import log_bucket_name
from stowage.domain.kinds import Template
from stowage.domain.onboarding import ProjectAccount
from stowage.domain.stacks import ACTIVE, NEVER_STOOD, STUCK, Stack

PROJECT_TAG = "stowage:project"
HUB_TAG = "stowage:hub"
DEADLINE_SECONDS = 15 * 60
POLL_SECONDS = 1.0
PROGRESS_SECONDS = 10.0


class Hours(Protocol):
    """Time, as a command needs it: seconds that only grow, and a pause."""

    def monotonic(self) -> float:
        """Give seconds since some moment."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


@dataclass(frozen=True, slots=True)
class BaselineStack:
    """The baseline stack of one project's account, and how to wait for it."""

    account: ProjectAccount
    project: str
    hours: Hours
    say: Callable[[str], None]

    def deploy(self, template: Template, hub: Hub) -> tuple[Stack, bool]:
        """Create or update the stack, for this Stowage alone, and give it at rest, with whether anything was done.

        Raises OperatorError when the account is another Stowage's, with CloudFormation's first failing reason, or at
        the deadline.
        """
        found = self.account.describe(STACK_NAME)
        tags = {PROJECT_TAG: self.project, HUB_TAG: f"{hub.account}/{hub.stack}"}
        self._refuse_foreign(found)
        if found is not None and found.tags.get(HUB_TAG, tags[HUB_TAG]) != tags[HUB_TAG]:
            raise OperatorError(
                f"The account already belongs to another Stowage, {found.tags[HUB_TAG]}: "
                "a project's account serves one."
            )
        if found is not None and found.running:
            found = self.wait(found)
        if found is not None and found.status in NEVER_STOOD:
            self.say(f"Removing the stack {STACK_NAME} that an earlier attempt left in {found.status}")
            self.account.delete(found.stack_id)
            self.wait(found)
            found = None
        if found is None:
            self._refuse_leftovers()
            self.say(f"Creating the stack {STACK_NAME}")
            self.account.create(STACK_NAME, template, tags)
        elif found.status in STUCK or found.status == "DELETE_FAILED":
            raise OperatorError(f"The stack {STACK_NAME} stands in {found.status}: repair it in CloudFormation first.")
        elif not self.account.update(STACK_NAME, template, tags):
            return found, False
        else:
            self.say(f"Updating the stack {STACK_NAME}")
        began = self.account.describe(STACK_NAME)
        if began is None:
            raise OperatorError(f"The stack {STACK_NAME} vanished while it was being deployed.")
        ended = self.wait(began)
        if ended.status not in ACTIVE:
            cause = self.account.first_failure(ended.stack_id) or ended.reason or "CloudFormation gave no reason."
            raise OperatorError(f"The stack {STACK_NAME} ended in {ended.status}: {cause}")
        return ended, True

    def outputs(self) -> dict[str, str]:
        """Give what the stack tells as it stands; nothing where there is none."""
        found = self.account.describe(STACK_NAME)
        return {} if found is None else found.outputs

    def wait(self, stack: Stack) -> Stack:
        """Wait, by the stack's id, until no operation runs on it; a deleted stack counts as at rest."""
        start = told = self.hours.monotonic()
        status = ""
        while True:
            seen = self.account.describe(stack.stack_id)
            if seen is None or not seen.running:
                return stack.model_copy(update={"status": "DELETE_COMPLETE"}) if seen is None else seen
            now = self.hours.monotonic()
            if seen.status != status or now - told >= PROGRESS_SECONDS:
                status, told = seen.status, now
                self.say(f"  {status} ({now - start:.0f} s)")
            if now - start >= DEADLINE_SECONDS:
                minutes = DEADLINE_SECONDS // 60
                raise OperatorError(f"The stack {stack.name} is still {seen.status} after {minutes} minutes.")
            self.hours.sleep(POLL_SECONDS)

    def remove(self) -> bool:
        """Delete the stack, protected or not, and wait for it; gives False when there is none (any more).

        Raises OperatorError with CloudFormation's first failing reason, or at the deadline.
        """
        found = self.account.describe(STACK_NAME)
        self._refuse_foreign(found)
        if found is not None and found.running:
            found = self.wait(found)
        if found is None or found.status == "DELETE_COMPLETE":
            return False
        self.say(f"Deleting the stack {STACK_NAME}")
        self.account.unprotect(found.name)
        self.account.delete(found.stack_id)
        ended = self.wait(found)
        if ended.status != "DELETE_COMPLETE":
            cause = self.account.first_failure(ended.stack_id) or ended.reason or "CloudFormation gave no reason."
            raise OperatorError(f"The stack {STACK_NAME} ended in {ended.status}: {cause}")
        return True

    def _refuse_leftovers(self) -> None:
        """Raise OperatorError while a removed baseline's log bucket stands: CloudFormation would fail on its name."""
        bucket = log_bucket_name(self.account.number, self.account.region)
        if self.account.owns_bucket(bucket):
            raise OperatorError(
                f"The account still keeps an earlier baseline's access logs in the bucket {bucket}, whose name the new "
                "one needs: copy elsewhere what must be kept, empty and delete the bucket, then onboard again."
            )

    def _refuse_foreign(self, found: Stack | None) -> None:
        if found is not None and found.tags.get(PROJECT_TAG, self.project) != self.project:
            raise OperatorError(f"The account already belongs to the project {found.tags[PROJECT_TAG]}.")
