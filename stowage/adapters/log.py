"""The structured log of the functions: one line of JSON each, the change's id on every one."""

import json
from functools import cache, partial

from aws_lambda_powertools import Logger

from stowage.adapters import bootstrap


@cache
def logger() -> Logger:
    """Give the process's logger; made at the first use, since it reads the environment.

    Its lines are ASCII: an override of direction or an 8-bit escape character in an address, which Powertools would
    write as it is, cannot lie to who reads the log in a terminal.
    """
    settings = bootstrap.settings()
    ascii_json = partial(json.dumps, default=str, separators=(",", ":"))
    return Logger(service=settings.service_name, level=settings.log_level, json_serializer=ascii_json)
