"""Which conditions of a policy are evaluated here: a policy with any other one is refused, not silently misread.

An unknown operator never matches in ministack and an unknown key counts as absent: a Deny written with either would
deny nothing. IAM itself takes keys of any service and refuses operators that do not exist.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.core import iam_evaluator

OPERATORS = frozenset({"null", *iam_evaluator._CONDITION_OPS})
SET_PREFIXES = ("forallvalues:", "foranyvalue:")

# Keys that the evaluator, or a module of this extension, gives a value where AWS does.
KEYS = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceidentity",
        "aws:sourceip",
        "aws:tagkeys",
        "aws:tokenissuetime",
        "aws:userid",
        "aws:username",
        "aws:viaawsservice",
        "dynamodb:attributes",
        "dynamodb:enclosingoperation",
        "dynamodb:leadingkeys",
        "dynamodb:returnvalues",
        "dynamodb:select",
        "iam:passedtoservice",
        "iam:permissionsboundary",
        "iam:policyarn",
        "kms:calleraccount",
        "kms:encryptioncontextkeys",
        "kms:viaservice",
        "s3:delimiter",
        "s3:max-keys",
        "s3:prefix",
        "s3:resourceaccount",
        "s3:x-amz-acl",
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "sts:externalid",
        "sts:sourceidentity",
    }
)
KEY_PREFIXES = (
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
    "kms:encryptioncontext:",
    "s3:existingobjecttag/",
)
# TLS is not told apart here (see `iam`): such a condition never holds, and the package's docstring says so.
ABSENT = frozenset({"s3:tlsversion"})


def unknown_conditions(document: str | Mapping[str, Any]) -> list[str]:
    """Return the operators and keys of a policy document that are not evaluated here, sorted."""
    return sorted({name for name in _names(document) if not _is_known(name)})


def _names(document: str | Mapping[str, Any]) -> Iterator[str]:
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed.get("Statement") or []
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        for operator, block in (statement.get("Condition") or {}).items():
            yield f"operator {operator}"
            yield from block


def _is_known(name: str) -> bool:
    lowered = name.lower()
    if lowered.startswith("operator "):
        operator = lowered.removeprefix("operator ").removesuffix("ifexists")
        for prefix in SET_PREFIXES:
            operator = operator.removeprefix(prefix)
        return operator in OPERATORS
    return lowered in KEYS or lowered in ABSENT or lowered.startswith(KEY_PREFIXES)
