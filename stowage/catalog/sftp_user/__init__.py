"""The kind `sftp-user`: a user of the project's SFTP server, who signs in with a key of their own."""

import json
from pathlib import Path

from stowage.catalog.grants import boundary_statements
from stowage.catalog.sftp_user.live import CHECKS
from stowage.catalog.sftp_user.permissions import service_statements
from stowage.catalog.sftp_user.rules import references, request_faults
from stowage.catalog.sftp_user.stack import render
from stowage.catalog.spec_rules import expires_at, identity_name_faults, is_enabled, with_enabled
from stowage.domain.kinds import AccessRules, Kind

KIND = Kind(
    kind="sftp-user",
    path="sftp-users",
    title="SFTP user",
    schema=json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8")),
    # The role's some 20 s until it is known everywhere, then the user itself.
    usual_seconds=45,
    render=render,
    name_faults=identity_name_faults,
    service_statements=service_statements,
    boundary_statements=boundary_statements,
    references=references,
    request_faults=request_faults,
    access=AccessRules(enabled=is_enabled, with_enabled=with_enabled, expires_at=expires_at),
    checks=CHECKS,
)
