"""What ends a change, each with the outcome that it means."""

from stowage.domain.errors.roots import PermanentError
from stowage.domain.outcomes import Outcome


class ChangeError(PermanentError):
    """A change ends FAILED; `outcome` is its stable code."""

    outcome: Outcome = Outcome.INTERNAL_ERROR


class StoppedError(ChangeError):
    """A person stopped the change; its text says who, and what became of it."""

    outcome = Outcome.STOPPED


class DeadlinePassedError(ChangeError):
    """The operation has taken longer than the kind's usual duration allows by far; whether it runs still is open."""

    outcome = Outcome.TIMED_OUT


class LockLostError(ChangeError):
    """The execution no longer holds the resource's lock, so it must not act (invariant L5)."""

    outcome = Outcome.LOCK_LOST


class StackCreateFailedError(ChangeError):
    """CloudFormation failed to create the stack and rolled it back."""

    outcome = Outcome.CREATE_FAILED


class StackQuotaReachedError(ChangeError):
    """The account's quota of stacks is used up: CloudFormation did not even begin to create the stack."""

    outcome = Outcome.CREATE_FAILED


class StackRolledBackError(ChangeError):
    """CloudFormation failed to update the stack and restored what was there before."""

    outcome = Outcome.ROLLED_BACK


class StackDeleteFailedError(ChangeError):
    """CloudFormation could not delete every resource of the stack."""

    outcome = Outcome.DELETE_FAILED


class BucketNotEmptyError(ChangeError):
    """The bucket still holds objects, versions or delete markers, so it is not deleted."""

    outcome = Outcome.BUCKET_NOT_EMPTY


class ContentsRemainError(ChangeError):
    """What the resource holds is to be removed before its stack is deleted: state EmptyContents does that."""

    outcome = Outcome.BUCKET_NOT_EMPTY


class NameTakenError(ChangeError):
    """The name belongs to somebody else already."""

    outcome = Outcome.NAME_TAKEN


class StillReferencedError(ChangeError):
    """Other resources name this one (a user with a grant on the bucket), so it is not deleted."""

    outcome = Outcome.IN_USE


class ReferenceMissingError(ChangeError):
    """The spec names a resource of the project that does not stand, or is being deleted."""

    outcome = Outcome.REFERENCE_MISSING


class StackDeniedError(ChangeError):
    """A resource of the stack failed because its service role, the boundary or a policy of the organisation denies."""

    outcome = Outcome.ACCESS_DENIED


class StackStuckError(ChangeError):
    """An update failed, and what stood before is not restored yet: the rollback failed, or was never begun."""

    outcome = Outcome.STUCK


class StackNeedsOperatorError(ChangeError):
    """The stack stands in a status that only an operator can lead out of."""

    outcome = Outcome.NEEDS_OPERATOR


class AccessDeniedError(ChangeError):
    """A role, permissions boundary or service control policy denies what the change needs."""

    outcome = Outcome.ACCESS_DENIED


class TemplateTooLargeError(ChangeError):
    """The rendered template exceeds a limit of CloudFormation or IAM."""

    outcome = Outcome.TEMPLATE_TOO_LARGE


class StackMissingError(ChangeError):
    """The stack is gone, although nobody asked Stowage to delete it."""

    outcome = Outcome.STACK_MISSING


class ProjectMissingError(ChangeError):
    """The project of a change has no row: it was never onboarded, or is gone."""

    outcome = Outcome.INTERNAL_ERROR


class KindMissingError(ChangeError):
    """The kind of a change is not in the catalog (any more)."""

    outcome = Outcome.INTERNAL_ERROR
