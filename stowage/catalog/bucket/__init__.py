"""The kind `bucket`: a hardened S3 bucket."""

import json
from pathlib import Path

from stowage.catalog.bucket.live import CHECKS
from stowage.catalog.bucket.names import name_faults
from stowage.catalog.bucket.permissions import service_statements
from stowage.catalog.bucket.stack import render, retention_of
from stowage.catalog.bucket.updates import update_faults
from stowage.domain.kinds import ContentRules, Kind

KIND = Kind(
    kind="bucket",
    path="buckets",
    title="Bucket",
    schema=json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8")),
    # CloudFormation's own stabilisation of bucket and policy: 25 to 60 s are usual, deletion is quicker.
    usual_seconds=45,
    render=render,
    name_faults=name_faults,
    update_faults=update_faults,
    service_statements=service_statements,
    contents=ContentRules(
        store_of=lambda name: name,
        logical_id="Bucket",
        is_locked=lambda spec: retention_of(spec) is not None,
    ),
    checks=CHECKS,
    name_is_global_in="s3",
)
