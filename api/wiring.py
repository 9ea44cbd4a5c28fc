"""What the API asks its composition root for: `stowage.adapters.bootstrap` in a Lambda, fakes in tests."""

from typing import Protocol

from stowage.domain.notifications import Notifier
from stowage.domain.onboarding import SignIns
from stowage.domain.ports import (
    ChangeDetails,
    Changes,
    Clock,
    Connections,
    CredentialRows,
    Executions,
    GlobalNames,
    Handovers,
    Histories,
    Notices,
    Projects,
    ReconcileRuns,
    Resources,
    SecretStore,
    Sockets,
    Tickets,
    Waits,
)
from stowage.domain.recovery import Recovery


class ApiSettings(Protocol):
    """The settings that the API reads; docs/settings.md tells each."""

    @property
    def user_pool_issuer(self) -> str:
        """The `iss` that access tokens must carry."""
        ...

    @property
    def user_pool_client_id(self) -> str:
        """The `client_id` that access tokens must carry."""
        ...

    @property
    def console_origins(self) -> tuple[str, ...]:
        """The origins of the console: from which a browser may open a socket, and, the first, where links lead."""
        ...


class Ports(Protocol):
    """The ports of the API, each built when it is first asked for."""

    def settings(self) -> ApiSettings:
        """Give the settings."""
        ...

    def clock(self) -> Clock:
        """Give the clock."""
        ...

    def projects(self) -> Projects:
        """Give projects and members."""
        ...

    def resources(self) -> Resources:
        """Give the mirror's resources."""
        ...

    def changes(self) -> Changes:
        """Give the changes."""
        ...

    def change_details(self) -> ChangeDetails:
        """Give what is kept of changes beside their rows."""
        ...

    def histories(self) -> Histories:
        """Give the raw histories of change_resource's executions."""
        ...

    def recovery(self) -> Recovery:
        """Give what closes the changes that an ended execution has left open."""
        ...

    def reconciles(self) -> Executions:
        """Give the executions of reconcile."""
        ...

    def reconcile_runs(self) -> ReconcileRuns:
        """Give the last runs of reconcile."""
        ...

    def sign_ins(self) -> SignIns:
        """Give the users of the user pool."""
        ...

    def executions(self) -> Executions:
        """Give the executions of change_resource."""
        ...

    def global_names(self) -> GlobalNames:
        """Give the names that are unique in all of AWS."""
        ...

    def tickets(self) -> Tickets:
        """Give the socket tickets."""
        ...

    def sockets(self) -> Sockets:
        """Give who is connected."""
        ...

    def connections(self) -> Connections:
        """Give the way to open sockets."""
        ...

    def credential_rows(self) -> CredentialRows:
        """Give the rows of users' keys."""
        ...

    def rotations(self) -> Executions:
        """Give the executions of rotate_credentials."""
        ...

    def handovers(self) -> Handovers:
        """Give the rows of handovers."""
        ...

    def notices(self) -> Notices:
        """Give the rows of notices."""
        ...

    def waits(self) -> Waits:
        """Give the answers to waiting states."""
        ...

    def secret_store(self) -> SecretStore:
        """Give the projects' secret stores."""
        ...

    def notifier(self) -> Notifier:
        """Give the notifier of open pages."""
        ...
