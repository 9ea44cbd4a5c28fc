"""What the console's pictures show: a project in which people have worked, with one change that failed.

Everything is asked for by the API, as people do it; only the drift is made behind Stowage's back.
"""

import time
from dataclasses import dataclass
from typing import Any

import httpx

from local.aws import client
from local.client import Message, Session
from local.endpoints import Endpoints
from local.third_party import open_handover

PROJECT = "atlas"
TAKEN = "acme-data-lake"
"""A bucket of somebody else in the world: S3 has each name once."""
DRIFTED = "acme-web-logs"
RUNNING = "acme-exchange"
PARTNER = "northwind-uploader"
READER = "report-reader"
ROTATED = "billing-export"
SENDER = "contoso-statements"
PASSPHRASE = "orchid lantern 42 harbour"  # noqa: S105 -- of a picture
DRIFT_SECONDS = ROTATION_SECONDS = 180.0

Spec = dict[str, Any]


@dataclass(frozen=True)
class Played:
    """What the pictures need to find again."""

    failed: str
    """The id of the change that failed."""


def _owned(team: str, cost_centre: str, description: str, **more: object) -> Spec:
    owner = {"owner": f"{team}@example.com", "costCentre": cost_centre, "description": description}
    return {**owner, **more}


BUCKETS: dict[str, Spec] = {
    "acme-invoices": _owned(
        "billing", "CC-4711", "Invoices of the billing system, kept for the auditors",
        dataClass="confidential", lifecycleDays=3650, noncurrentDays=90,
        retention={"mode": "governance", "days": 30}, tags={"system": "invoicing", "team": "billing"},
    ),
    "acme-receipts": _owned("billing", "CC-4711", "Receipts for partners", dataClass="confidential"),
    RUNNING: _owned("logistics", "CC-2040", "What partners send and fetch", dataClass="internal", lifecycleDays=90),
    DRIFTED: _owned("web", "CC-1200", "Access logs of the shop", dataClass="internal", lifecycleDays=365),
    "acme-reports": _owned("finance", "CC-4700", "Monthly reports", dataClass="confidential"),
    "acme-scratch": _owned("analytics", "CC-3300", "Emptied at any time", dataClass="internal", lifecycleDays=14),
}  # fmt: skip


def _grant(bucket: str, prefix: str, *access: str) -> Spec:
    return {"bucket": bucket, "prefix": prefix, "access": list(access)}


USERS: dict[str, Spec] = {
    ROTATED: _owned(
        "billing", "CC-4711", "The nightly export of the billing system",
        grants=[_grant("acme-invoices", "", "list", "read", "write"), _grant("acme-receipts", "", "write")],
        rotateEveryDays=90,
    ),
    READER: _owned("finance", "CC-4700", "The dashboard", grants=[_grant("acme-reports", "", "list", "read")]),
    "log-shipper": _owned("web", "CC-1200", "Ships the shop's logs", grants=[_grant(DRIFTED, "shop/", "write")]),
    PARTNER: _owned(
        "logistics", "CC-2040", "Northwind's program, which delivers orders and fetches receipts",
        grants=[
            _grant(RUNNING, "northwind/in/", "list", "write"),
            _grant("acme-receipts", "northwind/", "list", "read"),
        ],
        sourceIps=["203.0.113.0/24"],
    ),
}  # fmt: skip

SFTP_USERS: dict[str, Spec] = {
    SENDER: _owned(
        "finance", "CC-4700", "Contoso's bank statements",
        publicKeys=[
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 transfer@contoso.example"
        ],
        home=[
            {"path": "/statements", "bucket": "acme-reports", "prefix": "contoso/", "access": ["list", "write"]},
            {"path": "/receipts", "bucket": "acme-receipts", "prefix": "contoso/", "access": ["list", "read"]},
        ],
    ),
}  # fmt: skip


def play(endpoints: Endpoints) -> Played:
    """Let people work in the project, until one change is left to be begun. Raises TimeoutError, httpx.HTTPError."""
    with (
        Session(endpoints, "anna@example.com") as anna,
        Session(endpoints, "ben@example.com") as ben,
        Session(endpoints, "olga@example.com") as olga,
    ):
        settle(anna, [put(anna, f"buckets/{name}", spec) for name, spec in BUCKETS.items()])
        settle(anna, [put(ben, f"users/{name}", spec) for name, spec in USERS.items()])
        settle(anna, [put(anna, f"sftp-users/{name}", spec) for name, spec in SFTP_USERS.items()])
        settle(anna, [put(ben, "buckets/acme-reports", {**BUCKETS["acme-reports"], "lifecycleDays": 730})])
        failed = put(anna, f"buckets/{TAKEN}", {**BUCKETS["acme-scratch"], "description": "For the analysts"})
        _take_name(endpoints)
        settle(anna, [failed, _delete(ben, "buckets/acme-scratch")])
        _hand_over(endpoints, anna)
        _drift(endpoints, olga)
    return Played(failed["id"])


def begin_change(endpoints: Endpoints) -> Message:
    """Let somebody else change a bucket, and give the change while it runs."""
    with Session(endpoints, "ben@example.com") as ben:
        return put(ben, f"buckets/{RUNNING}", {**BUCKETS[RUNNING], "lifecycleDays": 180, "noncurrentDays": 30})


def make_link(endpoints: Endpoints, user: str) -> Message:
    """Give a link to a user's key, which opens with the passphrase."""
    with Session(endpoints, "anna@example.com") as anna:
        path = f"projects/{PROJECT}/users/{user}/handovers"
        link: Message = anna.http.post(path, json={"passphrase": PASSPHRASE}).raise_for_status().json()
        return link


def put(session: Session, path: str, spec: Spec) -> Message:
    """Ask for a resource and give the accepted change."""
    answer: Message = session.http.put(f"projects/{PROJECT}/{path}", json=spec).raise_for_status().json()
    return dict(answer["change"])


def settle(session: Session, changes: list[Message]) -> None:
    """Wait until all of them have ended, however they do."""
    for change in changes:
        session.wait_for_change(PROJECT, change["id"], 120)


def _delete(session: Session, path: str) -> Message:
    answer: Message = session.http.delete(f"projects/{PROJECT}/{path}").raise_for_status().json()
    return dict(answer["change"])


def _hand_over(endpoints: Endpoints, session: Session) -> None:
    """Give a key away by a link that was opened, and have it replaced: the new one waits to be handed over."""
    user = f"projects/{PROJECT}/users/{ROTATED}"
    made = session.http.post(f"{user}/handovers", json={"passphrase": PASSPHRASE}).raise_for_status()
    open_handover(endpoints, made.json(), PASSPHRASE)
    deadline = time.monotonic() + ROTATION_SECONDS
    while True:
        found = session.http.get(f"{user}/credentials").raise_for_status().json()
        step = (found["rotation"] or {}).get("step")
        if step == "AWAITING_HANDOVER":
            return
        if step is None:  # the first key's own making is a rotation, too, and has ended
            session.http.post(f"{user}/rotations", json={}).raise_for_status()
        if time.monotonic() > deadline:
            raise TimeoutError(f"the rotation did not go on: {found}")
        time.sleep(1)


def _take_name(endpoints: Endpoints) -> None:
    """Let somebody outside Stowage be quicker with the name: one that is taken already is refused at once."""
    elsewhere = next(project.account for project in endpoints.projects if project.id != PROJECT)
    where: Any = {"LocationConstraint": endpoints.region}
    client("s3", endpoints.aws, elsewhere).create_bucket(Bucket=TAKEN, CreateBucketConfiguration=where)


def _drift(endpoints: Endpoints, olga: Session) -> None:
    """Change a bucket behind Stowage's back, and have reconcile find it. Raises TimeoutError.

    It looks for drift once a day; the row forgets that it has.
    """
    account = next(project.account for project in endpoints.projects if project.id == PROJECT)
    suspended = {"Status": "Suspended"}
    client("s3", endpoints.aws, account).put_bucket_versioning(Bucket=DRIFTED, VersioningConfiguration=suspended)
    row = {"pk": {"S": f"RESOURCES#{PROJECT}"}, "sk": {"S": f"RESOURCE#bucket#{DRIFTED}"}}
    rows = client("dynamodb", endpoints.aws)
    deadline = time.monotonic() + DRIFT_SECONDS
    checked_at = ""
    while True:
        found = olga.http.get(f"projects/{PROJECT}/buckets/{DRIFTED}").raise_for_status().json()
        drift = found["drift"] or {"status": None, "checkedAt": None}
        if drift["status"] == "DRIFTED":
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"reconcile did not find that {DRIFTED} was changed: {drift}")
        if drift["checkedAt"] != checked_at:  # it has looked, perhaps before the change
            checked_at = drift["checkedAt"]
            rows.update_item(TableName=endpoints.table, Key=row, UpdateExpression="REMOVE driftAskedAt")
        asked = olga.http.post(f"projects/{PROJECT}/reconcile")
        if asked.status_code != httpx.codes.CONFLICT:
            asked.raise_for_status()
        time.sleep(5)
