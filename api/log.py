"""The API's log: JSON lines with the request's id, and the change's where there is one; never a body or a token."""

from aws_lambda_powertools import Logger

logger = Logger()
