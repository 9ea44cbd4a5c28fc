"""The kind `queue`: an SQS queue, encrypted with the project's key, reached over TLS alone.

Not a part of the product: the tests drop this folder into `stowage/catalog`, to hold that a kind is a folder and
nothing else.
"""

import json
from pathlib import Path

from stowage.domain.kinds import Kind

from .permissions import service_statements
from .stack import render

KIND = Kind(
    kind="queue",
    path="queues",
    title="Queue",
    schema=json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8")),
    usual_seconds=30,
    render=render,
    service_statements=service_statements,
)
