"""The bodies of S3 requests, written by botocore's own serializer, for calls inside the emulator's process."""

import functools
from typing import Any

from botocore.serialize import create_serializer
from botocore.session import Session
from botocore.validate import validate_parameters


@functools.cache
def _operation(name: str) -> Any:
    return Session().get_service_model("s3").operation_model(name)


def request_body(operation: str, **parameters: Any) -> bytes:
    """Return the XML body that an SDK would send for the S3 operation with these parameters.

    Raises botocore's ParamValidationError for a parameter that the operation does not know, so that a property
    which is translated wrongly fails its stack instead of vanishing.
    """
    model = _operation(operation)
    validate_parameters({"Bucket": "unused-here", **parameters}, model.input_shape)
    request = create_serializer("rest-xml").serialize_to_request({"Bucket": "unused-here", **parameters}, model)
    body: bytes = request["body"]
    return body
