"""What an SFTP user's spec may say beyond its schema, and what Stowage reads from it."""

from typing import cast

from stowage.catalog.grants import bucket_references, policy_characters
from stowage.catalog.sftp_user.public_keys import PublicKeyError, read_public_key
from stowage.catalog.sftp_user.stack import policy
from stowage.catalog.spec_rules import entries, expiry_faults, tag_faults
from stowage.domain.changes import Spec
from stowage.domain.kinds import Fault, Reference, RenderRequest

POLICY_CHARACTERS = 10_240
"""Of all inline policies of a role, without white space:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
NO_SERVER = (
    "This project has no SFTP server. An operator can switch it on (it costs by the hour): "
    "onboard the project again with SFTP=1."
)


def references(spec: Spec) -> tuple[Reference, ...]:
    """Give the buckets that the folders name."""
    return bucket_references(spec, "home")


def request_faults(request: RenderRequest) -> tuple[Fault, ...]:
    """Tell what the schema cannot: no server, weak or damaged keys, folders in each other's way, a role too large."""
    return (
        *((("", NO_SERVER),) if request.project.sftp_server_id is None else ()),
        *_key_faults(request.spec),
        *_path_faults(request.spec),
        *expiry_faults(request.spec),
        *tag_faults(request.spec),
        *_policy_faults(request),
    )


def _key_faults(spec: Spec) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    seen: set[str] = set()
    for index, text in enumerate(cast("list[str]", spec["publicKeys"])):
        try:
            line = read_public_key(text).line
        except PublicKeyError as error:
            faults.append((f"/publicKeys/{index}", str(error)))
            continue
        if line in seen:
            faults.append((f"/publicKeys/{index}", "This key is in the list already."))
        seen.add(line)
    return tuple(faults)


def _path_faults(spec: Spec) -> tuple[Fault, ...]:
    """Tell which folders the user would see twice, or one within another, which Transfer Family refuses."""
    paths = [str(entry["path"]) for entry in entries(spec, "home")]
    faults: list[Fault] = []
    for index, path in enumerate(paths):
        pointer = f"/home/{index}/path"
        if path == "/" and len(paths) > 1:
            faults.append((pointer, "/ is all that there is, so that it stands alone: name the folders instead."))
        elif path in paths[:index]:
            faults.append((pointer, "Another folder has this path already."))
        elif outer := next((other for other in paths if other != "/" and path.startswith(f"{other}/")), None):
            faults.append((pointer, f"This folder lies within another one, {outer}: give it a path beside it."))
    return tuple(faults)


def _policy_faults(request: RenderRequest) -> tuple[Fault, ...]:
    """Measure the role's policy as it is when switched on, which it must be possible to do at any time."""
    characters = policy_characters(policy(request, enabled=True))
    if characters <= POLICY_CHARACTERS:
        return ()
    sentence = f"These folders make a policy of {characters:,} characters, and IAM takes {POLICY_CHARACTERS:,}: "
    return (("/home", f"{sentence}choose fewer or higher folders, or the same access to each."),)
