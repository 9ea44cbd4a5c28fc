"""The kind `user`: an IAM user with grants on the project's buckets, and access keys minted outside its stack."""

import json
from pathlib import Path

from stowage.catalog.grants import boundary_statements
from stowage.catalog.spec_rules import expires_at, identity_name_faults, is_enabled, with_enabled
from stowage.catalog.user.permissions import service_statements
from stowage.catalog.user.rules import probe_prefix, references, request_faults, rotate_every_days
from stowage.catalog.user.stack import render
from stowage.domain.kinds import AccessRules, CredentialRules, Kind

KIND = Kind(
    kind="user",
    path="users",
    title="User",
    schema=json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8")),
    # IAM answers at once; CloudFormation waits some 15 s for a user and for a policy until both are known everywhere.
    usual_seconds=40,
    render=render,
    name_faults=identity_name_faults,
    service_statements=service_statements,
    boundary_statements=boundary_statements,
    references=references,
    request_faults=request_faults,
    access=AccessRules(enabled=is_enabled, with_enabled=with_enabled, expires_at=expires_at),
    credentials=CredentialRules(
        user_name=str,  # the resource's own name
        rotate_every_days=rotate_every_days,
        probe_prefix=probe_prefix,
    ),
)
