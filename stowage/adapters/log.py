"""The structured log of the functions: one line of JSON each, the change's id on every one."""

from functools import cache

from aws_lambda_powertools import Logger

from stowage.adapters import bootstrap


@cache
def logger() -> Logger:
    """Give the process's logger; made at the first use, since it reads the environment."""
    settings = bootstrap.settings()
    return Logger(service=settings.service_name, level=settings.log_level)
