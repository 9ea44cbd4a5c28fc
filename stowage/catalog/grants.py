"""Grants: what an identity may do in which folder of which bucket, as IAM statements that allow just that."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stowage.domain.kinds import Reference, RenderRequest, Statement
from stowage.domain.projects import Project

OBJECT_ACTIONS = {
    "read": ("s3:GetObject",),
    "write": ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"),
    "delete": ("s3:DeleteObject",),
}
"""What each access needs on objects. Reading is of the current version alone and deleting leaves a marker, so that what
was overwritten or deleted can neither be read nor be destroyed by a user."""

BUCKET_ACTIONS = ("s3:GetBucketLocation", "s3:ListBucket")
KEY_ACTIONS = {"read": ("kms:Decrypt",), "write": ("kms:Decrypt", "kms:GenerateDataKey")}
"""Whoever uploads in parts must decrypt too: S3 reads the parts when it puts them together
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What an identity may do below a prefix of a bucket ("" is the whole bucket; any other ends with a slash)."""

    bucket: str
    prefix: str
    access: frozenset[str]

    @classmethod
    def from_spec(cls, entry: Mapping[str, Any]) -> "Grant":
        """Give what an entry of a spec says; its schema has judged every text of it."""
        return cls(str(entry["bucket"]), str(entry.get("prefix", "")), frozenset(entry["access"]))


def bucket_references(entries: Iterable[Mapping[str, Any]], pointer: str) -> tuple[Reference, ...]:
    """Give one reference for each bucket that is named, where it is named first; `pointer` leads to the list."""
    found: dict[str, Reference] = {}
    for index, entry in enumerate(entries):
        bucket = str(entry["bucket"])
        found.setdefault(bucket, Reference("bucket", bucket, f"{pointer}/{index}/bucket"))
    return tuple(found.values())


def partition_of(project: Project) -> str:
    """Give the AWS partition ("aws", "aws-cn") in which a project's account stands: its key's."""
    return project.kms_key_arn.split(":")[1]


def grant_policy(
    request: RenderRequest, grants: Iterable[Grant], *, enabled: bool, expires_at: str | None, denials: list[Statement]
) -> dict[str, Any]:
    """Give the policy document of an identity with these grants; equal arguments give equal documents.

    All ARNs are literals, without any intrinsic function: what a manager wrote stands in none (invariant S2). Each
    statement that allows is for resources of the project's account alone, so that a bucket that was deleted, and whose
    name somebody else has taken since, opens nothing.

    Args:
        request: whose identity it is.
        grants: what is granted; at least one.
        enabled: False gives one denial of everything, and no grant at all.
        expires_at: until when the grants hold (ISO 8601, UTC), or None.
        denials: what is denied beside them.
    """
    if not enabled:
        statements = [{"Sid": "SwitchedOff", "Effect": "Deny", "Action": "*", "Resource": "*"}]
    else:
        statements = [*_allowed(_Scope(request.project, expires_at), tuple(grants)), *denials]
    return {"Version": "2012-10-17", "Statement": statements}


def policy_characters(document: Mapping[str, Any]) -> int:
    """Give a policy's size as IAM counts it: characters without white space.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def boundary_statements() -> tuple[Statement, ...]:
    """Give what an identity with grants may at most do: the same actions, on any bucket of its account."""
    arn = "arn:${AWS::Partition}:s3:::*"
    objects = sorted({action for actions in OBJECT_ACTIONS.values() for action in actions})
    return (
        {
            "Sid": "GrantedBuckets",
            "Effect": "Allow",
            "Action": [*BUCKET_ACTIONS, *objects],
            "Resource": {"Fn::Sub": arn},
            "Condition": {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}},
        },
        {
            "Sid": "GrantedBucketsKey",
            "Effect": "Allow",
            "Action": list(KEY_ACTIONS["write"]),
            "Resource": {"Fn::GetAtt": ["Key", "Arn"]},
            "Condition": {"StringEquals": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.${AWS::URLSuffix}"}}},
        },
    )


@dataclass(frozen=True, slots=True)
class _Scope:
    """What every statement that allows is limited to."""

    project: Project
    expires_at: str | None

    def arn(self, path: str) -> str:
        """Give the ARN of a bucket, or of what lies in one."""
        return f"arn:{partition_of(self.project)}:s3:::{path}"

    def allow(self, sid: str, actions: Iterable[str], resources: Iterable[str], **conditions: Any) -> Statement:  # noqa: ANN401 -- what IAM takes
        """Give a statement; `conditions` are further operators, each with its keys."""
        ours = {"aws:ResourceAccount": self.project.account}
        limits: dict[str, Any] = {"StringEquals": ours | conditions.pop("StringEquals", {})}
        if self.expires_at is not None:
            limits["DateLessThan"] = {"aws:CurrentTime": self.expires_at}
        return {
            "Sid": sid,
            "Effect": "Allow",
            "Action": list(actions),
            "Resource": list(resources),
            "Condition": limits | conditions,
        }


def _allowed(scope: _Scope, grants: tuple[Grant, ...]) -> Iterator[Statement]:
    yield from _listing(scope, grants)
    # One statement for each set of actions on objects: grants that allow the same share it.
    folders: dict[tuple[str, ...], set[str]] = {}
    for grant in grants:
        if actions := tuple(sorted({action for each in grant.access for action in OBJECT_ACTIONS.get(each, ())})):
            folders.setdefault(actions, set()).add(scope.arn(f"{grant.bucket}/{grant.prefix}*"))
    for index, (actions, resources) in enumerate(sorted(folders.items())):
        yield scope.allow(f"Objects{index}", actions, sorted(resources))
    if key := sorted({action for grant in grants for each in grant.access for action in KEY_ACTIONS.get(each, ())}):
        suffix = "amazonaws.com.cn" if partition_of(scope.project) == "aws-cn" else "amazonaws.com"
        through = {"kms:ViaService": f"s3.{scope.project.region}.{suffix}"}
        yield scope.allow("Key", key, [scope.project.kms_key_arn], StringEquals=through)


def _listing(scope: _Scope, grants: tuple[Grant, ...]) -> Iterator[Statement]:
    """Let the identity list the folders that it may list, and learn where their buckets stand.

    Buckets share a statement where the same folders of them are listed; otherwise one's folder would open the other's.
    """
    folders: dict[str, set[str]] = {}
    for grant in grants:
        if "list" in grant.access:
            folders.setdefault(grant.bucket, set()).add(grant.prefix)
    if not folders:
        return
    yield scope.allow("Locations", ["s3:GetBucketLocation"], map(scope.arn, sorted(folders)))
    by_folders: dict[tuple[str, ...], list[str]] = {}
    for bucket, named in sorted(folders.items()):
        within = () if "" in named else tuple(f"{prefix}*" for prefix in sorted(named))
        by_folders.setdefault(within, []).append(scope.arn(bucket))
    for index, (within, resources) in enumerate(sorted(by_folders.items())):
        limits = {"StringLike": {"s3:prefix": list(within)}} if within else {}
        yield scope.allow(f"List{index}", ["s3:ListBucket"], resources, **limits)
