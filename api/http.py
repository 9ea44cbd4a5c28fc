"""A request and an answer, as the routes see them: API Gateway's event shapes end here."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stowage.domain.errors import BodyTooLargeError, InvalidRequestError, UnsupportedMediaTypeError

BODY_BYTES = 256 * 1024
"""Also the most that an execution's input holds
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. Header names are lower case; path and query are decoded by API Gateway.

    `source_ip` is the caller's address as API Gateway saw it, `user_agent` whatever the caller says.
    """

    method: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    raw_body: str = ""
    body_is_base64: bool = False
    source_ip: str = ""
    user_agent: str = ""

    @classmethod
    def from_event(cls, event: Mapping[str, Any], parameters: Mapping[str, str]) -> "Request":
        """Read an event of payload format 2.0.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html:
        header names arrive in lower case, repeated headers and parameters joined by commas, `rawPath` decoded.
        """
        context = event["requestContext"]
        return cls(
            method=context["http"]["method"],
            path=event["rawPath"],
            parameters=parameters,
            query=event.get("queryStringParameters") or {},
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            claims=((context.get("authorizer") or {}).get("jwt") or {}).get("claims") or {},
            raw_body=event.get("body") or "",
            body_is_base64=bool(event.get("isBase64Encoded")),
            source_ip=str(context["http"].get("sourceIp", "")),
            user_agent=str(context["http"].get("userAgent", "")),
        )

    def json_text(self) -> str:
        """Give the body of a request that sends JSON.

        Raises UnsupportedMediaTypeError, BodyTooLargeError, or InvalidRequestError for what is no UTF-8.
        """
        media_type, _, parameters = self.headers.get("content-type", "").partition(";")
        charset = parameters.strip().lower().replace('"', "")
        if media_type.strip().lower() != JSON or charset not in {"", "charset=utf-8"}:
            raise UnsupportedMediaTypeError("The body must be sent as Content-Type: application/json.")
        # Before decoding: four characters of base64 are three bytes.
        if len(self.raw_body) > (BODY_BYTES * 4 // 3 + 4 if self.body_is_base64 else BODY_BYTES):
            raise BodyTooLargeError(f"The body must not be longer than {BODY_BYTES // 1024} KB.")
        try:
            content = base64.b64decode(self.raw_body) if self.body_is_base64 else self.raw_body.encode()
            text = content.decode()
        except (binascii.Error, UnicodeError) as error:
            raise InvalidRequestError("The body is not valid UTF-8.") from error
        if len(content) > BODY_BYTES:
            raise BodyTooLargeError(f"The body must not be longer than {BODY_BYTES // 1024} KB.")
        return text


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response; `body` is the JSON text, dumped once."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON


def answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Answer:
    """Give a JSON answer that nobody stores, unless `headers` say otherwise."""
    return Answer(status, dump(body), {"cache-control": "no-store", **(headers or {})})


def dump(body: object) -> str:
    """Give compact JSON; ASCII only, which is what the C encoder writes fastest and every log survives."""
    return json.dumps(body, separators=(",", ":"))
