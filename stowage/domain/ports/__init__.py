"""What api, tasks, listeners and operate ask of the world; `stowage.adapters` answers with AWS, tests with fakes.

Every port may raise ThrottledError, ServiceUnavailableError and AccessDeniedError. Further errors stand at the verb.
Reads are strongly consistent unless a verb says otherwise. One module per concern; all are imported from here.
"""

from stowage.domain.ports.change_details import ChangeDetails, Histories, HistoryPage
from stowage.domain.ports.clock import Clock
from stowage.domain.ports.contents import Amount, Contents, Removal
from stowage.domain.ports.credentials import (
    AccessKeys,
    CredentialRows,
    Handovers,
    IamKey,
    KeyProbe,
    LastUse,
    Notices,
    Reveal,
    SecretStore,
)
from stowage.domain.ports.executions import Execution, Executions, Waits
from stowage.domain.ports.mirror import (
    NO_REFERENCE_CHANGES,
    ChangeFilter,
    ChangePage,
    Changes,
    ReferenceChanges,
    ResourceKey,
    ResourcePage,
    Resources,
)
from stowage.domain.ports.people import Projects
from stowage.domain.ports.reconcile_runs import ReconcileRuns
from stowage.domain.ports.reconciliation import LiveResources, Reconciliation, StackSurvey
from stowage.domain.ports.sightings import Sighted, Sightings
from stowage.domain.ports.sockets import PROJECTS_PER_SOCKET, Connections, Sockets, Subscriber, Tickets
from stowage.domain.ports.stacks import GlobalNames, StackOperation, Stacks

__all__ = [
    "NO_REFERENCE_CHANGES",
    "PROJECTS_PER_SOCKET",
    "AccessKeys",
    "Amount",
    "ChangeDetails",
    "ChangeFilter",
    "ChangePage",
    "Changes",
    "Clock",
    "Connections",
    "Contents",
    "CredentialRows",
    "Execution",
    "Executions",
    "GlobalNames",
    "Handovers",
    "Histories",
    "HistoryPage",
    "IamKey",
    "KeyProbe",
    "LastUse",
    "LiveResources",
    "Notices",
    "Projects",
    "ReconcileRuns",
    "Reconciliation",
    "ReferenceChanges",
    "Removal",
    "ResourceKey",
    "ResourcePage",
    "Resources",
    "Reveal",
    "SecretStore",
    "Sighted",
    "Sightings",
    "Sockets",
    "StackOperation",
    "StackSurvey",
    "Stacks",
    "Subscriber",
    "Tickets",
    "Waits",
]
