"""The SFTP server that a project may have: it costs by the hour, so only who asks for one gets one."""

from typing import Any

LOGICAL_ID_OF_LOG = "SftpLog"
LOG_DAYS = 400
"""As long as the access logs."""
SECURITY_POLICY = "TransferSecurityPolicy-2025-03"
"""The newest: no SHA-1, no CBC, and key exchanges that hold against quantum computers too. Left unsaid, CloudFormation
takes that of 2018: https://docs.aws.amazon.com/transfer/latest/userguide/security-policies.html"""


def server() -> dict[str, Any]:
    """Give the server: SFTP alone, users of its own, a public endpoint, every session in an encrypted log.

    Directories are listed the optimised way: otherwise a user's mappings may have 2,100 characters in all, and a
    folder that nobody has made yet would let nobody in
    (https://docs.aws.amazon.com/transfer/latest/userguide/implement-log-dirs.html).
    """
    return {
        "Type": "AWS::Transfer::Server",
        "Properties": {
            "Domain": "S3",
            "EndpointType": "PUBLIC",
            "IdentityProviderType": "SERVICE_MANAGED",
            "Protocols": ["SFTP"],
            "S3StorageOptions": {"DirectoryListingOptimization": "ENABLED"},
            "SecurityPolicyName": SECURITY_POLICY,
            "StructuredLogDestinations": [{"Fn::GetAtt": [LOGICAL_ID_OF_LOG, "Arn"]}],
        },
    }


def log() -> dict[str, Any]:
    """Give the log of who signed in and what they did; it outlives the server, being evidence.

    It has no name of its own: a server that is switched on again gets a new log beside the one that was kept.
    """
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
            "RetentionInDays": LOG_DAYS,
        },
    }
