"""What Stowage counts and measures, as CloudWatch metrics: lines of the log in the embedded metric format.

A metric is a line that CloudWatch reads out of the log, so that counting costs no call and needs no permission
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
Each combination of dimensions is a metric of its own, paid for by itself: so `service` (the stage's stack), and at most
one more, whose values are few. The change's and the request's ids stand beside them, as fields of the line alone.
docs/operations.md lists the metrics; template.yaml's alarms watch them.
"""

from collections.abc import Mapping
from datetime import datetime

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.domain.changes import Change
from stowage.domain.credentials import RotationOutcome
from stowage.domain.findings import Findings
from stowage.domain.notifications import Announcement
from stowage.domain.outcomes import Outcome

NAMESPACE = "Stowage"
COUNT, SECONDS = "Count", "Seconds"
OPERATORS = frozenset({Outcome.ACCESS_DENIED, Outcome.INTERNAL_ERROR, Outcome.NEEDS_OPERATOR, Outcome.STACK_MISSING})
"""What only an operator can mend: neither the manager's spec nor trying again can."""
FIELDS = ("change", "request_id")
"""What a metric's line takes over from the log's, so that one search finds both."""


def count_ended(change: Change) -> None:
    """Count a change by its outcome, and measure how long it took by its kind; one that still runs counts nothing."""
    if change.outcome is None or change.ended_at is None:
        return
    duration = (datetime.fromisoformat(change.ended_at) - datetime.fromisoformat(change.started_at)).total_seconds()
    _emit({"ChangesEnded": (COUNT, 1)}, {"outcome": change.outcome.value})
    _emit({"ChangesNeedingOperator": (COUNT, int(change.outcome in OPERATORS))}, {})
    _emit({"ChangeDuration": (SECONDS, max(duration, 0))}, {"kind": change.kind})


def count_rotation(outcome: RotationOutcome) -> None:
    """Count a rotation that failed; no one that was overtaken, not handed over in time, or met a user off."""
    _emit({"RotationsFailed": (COUNT, int(outcome is RotationOutcome.FAILED))}, {})


def count_announcement(announcement: Announcement) -> None:
    """Count the sockets that a message was sent to, that were gone, and that could not be reached."""
    counts = {
        "NotificationsSent": (COUNT, announcement.sent),
        "NotificationsGone": (COUNT, announcement.gone),
        "NotificationsFailed": (COUNT, announcement.failed),
    }
    _emit(counts, {})


def count_request(status: int) -> None:
    """Count a request of the API by the class of its status: 2xx, 4xx, 5xx."""
    _emit({"Requests": (COUNT, 1)}, {"status": f"{status // 100}xx"})


def count_refused_reveal() -> None:
    """Count a reveal that was refused: no such link or token, a link that does not open (any more), a passphrase."""
    _emit({"RevealsRefused": (COUNT, 1)}, {})


def note_lock_age(since: str, now: datetime) -> None:
    """Measure how long the lock that refused a change has been held; `since` is ISO 8601."""
    _emit({"LockAge": (SECONDS, max((now - datetime.fromisoformat(since)).total_seconds(), 0))}, {})


def count_stack_events(*, merged: int, unknown: int, dropped: int) -> None:
    """Count the stack events of a batch: in the mirror now, of a stack that it does not know, refused."""
    counts = {
        "StackEventsMerged": (COUNT, merged),
        "StackEventsUnknown": (COUNT, unknown),
        "StackEventsDropped": (COUNT, dropped),
    }
    _emit(counts, {})


def count_findings(findings: Findings) -> None:
    """Count what reconcile found in a project: rows that differed, drift, and whether it could not compare all."""
    _emit({"MirrorMismatches": (COUNT, findings.mismatches)}, {})
    _emit({"ResourcesDrifted": (COUNT, findings.drifted)}, {})
    _emit({"ProjectsNotCompared": (COUNT, int(findings.cause is not None))}, {})
    _emit({"ReconcileCalls": (COUNT, findings.calls_made)}, {})


def note_wake(told_at: str, now: datetime) -> None:
    """Measure how long after its event a stack's end has woken its change; `told_at` is ISO 8601."""
    _emit({"StackEndDelay": (SECONDS, max((now - datetime.fromisoformat(told_at)).total_seconds(), 0))}, {})


def _emit(metrics: Mapping[str, tuple[str, float]], dimensions: Mapping[str, str]) -> None:
    """Write one line. Imported here: the functions that measure nothing never load it."""
    from aws_lambda_powertools.metrics import EphemeralMetrics  # noqa: PLC0415 -- see above

    line = EphemeralMetrics(namespace=NAMESPACE, service=bootstrap.settings().service_name)
    for name, told in dimensions.items():
        line.add_dimension(name, told)
    for name, (unit, value) in metrics.items():
        line.add_metric(name, unit, value)
    known = logger().get_current_keys()
    for name in FIELDS:
        if known.get(name):
            line.add_metadata(name, known[name])
    line.flush_metrics()
