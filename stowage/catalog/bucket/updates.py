"""What may not change once a bucket stands."""

from stowage.catalog.bucket.stack import retention_of
from stowage.domain.changes import Spec
from stowage.domain.kinds import Fault


def update_faults(old: Spec, new: Spec) -> tuple[Fault, ...]:
    """Tell what an update from `old` to `new` asks that is impossible, or would weaken a promise that was made.

    Object Lock is decided at creation. S3 has been able to switch it on later since 2023, but such a bucket would
    break the promise of the word: objects that are there already are not retained. S3 never switches it off:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
    Compliance mode is a promise to an auditor, so it is not weakened, though S3 would let the default for new objects
    be. In governance mode both the days and the mode may change; that too holds for new objects only.

    No update replaces a bucket, and so loses what it holds: of all that a stack says of one, CloudFormation replaces it
    for another BucketName alone, which is the resource's own name (held by tests/unit/catalog/test_no_replacement.py).
    """
    before, after = retention_of(old), retention_of(new)
    if before is None and after is None:
        return ()
    if before is None:
        return (("/retention", "Retention cannot be added to a bucket that stands; create a new bucket with it."),)
    if after is None:
        return (("/retention", "Retention cannot be removed: S3 never switches Object Lock off."),)
    if before["mode"] != "compliance":
        return ()
    faults = []
    if after["mode"] != "compliance":
        faults.append(("/retention/mode", "A bucket in compliance mode never goes back to governance."))
    if after["days"] < before["days"]:
        faults.append(("/retention/days", f"In compliance mode the {before['days']} days are never shortened."))
    return tuple(faults)
