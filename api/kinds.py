"""GET /v1/kinds: what can be asked for, with the JSON Schemas that forms are drawn from."""

from functools import cached_property

from api.call import Call
from api.http import Answer, dump
from stowage.domain.kinds import Kind


class KindsView:
    """The answer is the same for everybody and dumped once."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self._kinds = kinds

    @cached_property
    def _body(self) -> str:
        return dump(
            {
                "kinds": [
                    {
                        "kind": kind.kind,
                        "path": kind.path,
                        "title": kind.title,
                        "schema": kind.schema,
                        "usualSeconds": kind.usual_seconds,
                        "credentials": kind.credentials is not None,
                    }
                    for kind in self._kinds
                ]
            }
        )

    def get_kinds(self, _call: Call) -> Answer:
        """Answer GET /v1/kinds."""
        return Answer(200, self._body, {"cache-control": "private, no-cache"})
