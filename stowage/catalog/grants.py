"""Grants: what an identity may do in which folder of which bucket, as IAM statements that allow just that."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stowage.catalog.spec_rules import entries, expires_at
from stowage.domain.changes import Spec
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


def bucket_references(spec: Spec, field: str) -> tuple[Reference, ...]:
    """Give one reference for each bucket that a list of the spec names, where it is named first."""
    found: dict[str, Reference] = {}
    for index, entry in enumerate(entries(spec, field)):
        bucket = str(entry["bucket"])
        found.setdefault(bucket, Reference("bucket", bucket, f"/{field}/{index}/bucket"))
    return tuple(found.values())


def partition_of(project: Project) -> str:
    """Give the AWS partition ("aws", "aws-cn") in which a project's account stands: its key's."""
    return project.kms_key_arn.split(":")[1]


def grant_policy(
    request: RenderRequest,
    field: str,
    *,
    enabled: bool,
    denials: tuple[Statement, ...] = (),
    bare_folders: bool = False,
) -> dict[str, Any]:
    """Give the policy document of an identity with the grants in a field of its spec; equal specs, equal documents.

    All ARNs are literals, without any intrinsic function: what a manager wrote stands in none (invariant S2). Each
    statement that allows is for resources of the project's account alone, so that a bucket that was deleted, and whose
    name somebody else has taken since, opens nothing; and it ends when the spec says that access ends.

    Args:
        request: whose identity it is.
        field: the list of the spec that holds the grants.
        enabled: False gives one denial of everything, and no grant at all.
        denials: what is denied beside the grants.
        bare_folders: whether a folder may be listed without the slash at its end too. That tells also the names which
            only begin like the folder's, so it is for a service that asks so and tells nobody.
    """
    if not enabled:
        statements = [{"Sid": "SwitchedOff", "Effect": "Deny", "Action": "*", "Resource": "*"}]
    else:
        scope = _Scope(request.project, expires_at(request.spec), bare_folders=bare_folders)
        grants = tuple(map(Grant.from_spec, entries(request.spec, field)))
        statements = [*_allowed(scope, grants), *denials]
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
    bare_folders: bool

    def arn(self, path: str) -> str:
        """Give the ARN of a bucket, or of what lies in one."""
        return f"arn:{partition_of(self.project)}:s3:::{path}"

    def prefixes(self, folders: Iterable[str]) -> tuple[str, ...]:
        """Give the values of `s3:prefix` with which these folders may be listed; none means any."""
        if "" in (named := sorted(folders)):
            return ()
        bare = [folder.removesuffix("/") for folder in named] if self.bare_folders else []
        return tuple(sorted([*(f"{folder}*" for folder in named), *bare]))

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
    by_prefixes: dict[tuple[str, ...], list[str]] = {}
    for bucket, named in sorted(folders.items()):
        by_prefixes.setdefault(scope.prefixes(named), []).append(scope.arn(bucket))
    for index, (prefixes, resources) in enumerate(sorted(by_prefixes.items())):
        limits = {"StringLike": {"s3:prefix": list(prefixes)}} if prefixes else {}
        yield scope.allow(f"List{index}", ["s3:ListBucket"], resources, **limits)
