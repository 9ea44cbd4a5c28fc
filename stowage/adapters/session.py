"""The one AWS session of the process and its clients, each made when it is first asked for.

A client costs 54 ms on a new session and 3 on this one, so nothing is made at import, and none is made twice. The
session is botocore's own: boto3's clients are the same objects, and importing boto3 costs another 50 ms for the S3
transfer manager that nobody here uses.
"""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

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
def session() -> botocore.session.Session:
    """Give the process's session."""
    return botocore.session.Session()


@cache
def client(service: str) -> Any:  # noqa: ANN401 -- a client's type depends on the service's name; callers annotate them
    """Give the hub's client of a service, made once."""
    return session().create_client(service, config=CONFIG)


def make_client(service: str, *, config: Config | None = None, **options: Any) -> Any:  # noqa: ANN401 -- as above
    """Make a client that is not the hub's own: other credentials, region or endpoint, on the same session."""
    merged = CONFIG if config is None else CONFIG.merge(config)
    return session().create_client(service, config=merged, **options)
