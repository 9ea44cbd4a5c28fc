"""The one boto3 session of the process and its clients, each made when it is first asked for.

Measured on a development machine: importing boto3 takes 110 ms (102 of them are botocore's, which the errors need
anyway), the first client 44 ms, each further one 5 to 20. So nothing is imported before a client is asked for, nothing
is made at import, and none is made twice.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3.session

POOL_CONNECTIONS = 32
"""As many sockets as the notifier posts to at once; botocore's own pool of 10 would make its threads queue."""

CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=POOL_CONNECTIONS,
    user_agent_extra="stowage",
)
"""Three attempts within a call; whatever is longer than that is a state's Retry, where it can be seen
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html)."""


@cache
def session() -> "boto3.session.Session":
    """Give the process's session."""
    import boto3.session  # noqa: PLC0415 -- see above

    return boto3.session.Session()


@cache
def client(service: str) -> Any:  # noqa: ANN401 -- a client's type depends on the service's name; callers annotate them
    """Give the hub's client of a service, made once."""
    return make_client(service)


def make_client(service: str, *, config: Config | None = None, **options: Any) -> Any:  # noqa: ANN401 -- as above
    """Make a client that is not the hub's own: other credentials, region or endpoint, on the same session."""
    merged = CONFIG if config is None else CONFIG.merge(config)
    create: Callable[..., Any] = session().client
    return create(service, config=merged, **options)
