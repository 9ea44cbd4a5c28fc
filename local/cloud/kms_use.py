"""The use of a KMS key by S3 and Secrets Manager in a caller's name, which the caller needs permission for.

The service asks KMS with the caller's own permissions (forward access sessions), so `kms:ViaService`,
`kms:EncryptionContext:…` and `aws:ViaAWSService` are those of that second request. An AWS managed key asks nothing.
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
"""

from collections.abc import Mapping

from ministack.core import iam_evaluator
from ministack.core.iam_actions import identity_denial_message
from ministack.core.iam_evaluator import EvalResult
from ministack.core.responses import get_account_id, get_region
from ministack.services import kms

AWS_MANAGED = "alias/aws/"


def refused_use(
    access_key_id: str, actions: tuple[str, ...], key: str, service: str, context: Mapping[str, str]
) -> str:
    """Return the sentence that refuses the first of these actions on the key, or an empty text.

    `key` is an id, alias or ARN as the resource names it, `service` the one that asks (`s3`, `secretsmanager`) and
    `context` its encryption context. A key that does not exist, or is not enabled, is refused too.
    """
    if not enforced() or not key or AWS_MANAGED in key:
        return ""
    record = kms._resolve_key(key)
    if record is None or record["KeyState"] != "Enabled":
        return f"The ciphertext refers to a customer master key that does not exist, or is not enabled: {key}"
    keys = {
        "kms:viaservice": f"{service}.{get_region()}.amazonaws.com",
        "kms:calleraccount": get_account_id(),
        "kms:encryptioncontextkeys": list(context),
        "aws:viaawsservice": "true",
        **{f"kms:encryptioncontext:{name}".lower(): value for name, value in context.items()},
    }
    for action in actions:
        denied = iam_evaluator.enforce(
            access_key_id, action, "kms", get_region(), resource_arn=record["Arn"], service_context=keys
        )
        if denied is not None:
            principal = denied.principal_arn if isinstance(denied, EvalResult) else access_key_id
            explicit = isinstance(denied, EvalResult) and denied.decision == "Deny"
            return str(identity_denial_message(action, principal, record["Arn"], explicit))
    return ""


def enforced() -> bool:
    """Tell whether IAM is enforced at all."""
    from ministack.app import AUTH  # noqa: PLC0415 -- the application imports every service

    return bool(AUTH)
