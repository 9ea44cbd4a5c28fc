"""The statuses that CloudFormation's stacks go through."""

import botocore.loaders

STATUSES: tuple[str, ...] = tuple(
    botocore.loaders.Loader().load_service_model("cloudformation", "service-2")["shapes"]["StackStatus"]["enum"]
)
"""All that CloudFormation knows: 23."""

ROLLBACK: dict[str, tuple[str, ...]] = {
    "done": ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
    "stuck": ("UPDATE_ROLLBACK_FAILED",),
}

ENDS: dict[str, dict[str, tuple[str, ...]]] = {
    "create": {
        "done": ("CREATE_COMPLETE",),
        "rolled back": ("ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"),
        "failed": ("CREATE_FAILED",),
        "stuck": ("ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED"),
        "vanished": ("DELETE_IN_PROGRESS", "DELETE_COMPLETE"),
    },
    "update": {
        "done": ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"),
        "rolled back": (
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE",
        ),
        "failed": ("UPDATE_FAILED",),
        "stuck": ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"),
    },
    "delete": {"done": ("DELETE_COMPLETE",), "failed": ("DELETE_FAILED",), "not empty": ("DELETE_FAILED",)},
    "cancelUpdate": ROLLBACK,
    "continueRollback": ROLLBACK,
    "rollback": ROLLBACK,
}
"""What an operation can come to: the statuses it goes through after its beginning."""

UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
AFTERWARDS: dict[str, tuple[str, ...]] = {
    "CREATE_IN_PROGRESS": ("CREATE_COMPLETE",),
    "ROLLBACK_IN_PROGRESS": ("ROLLBACK_COMPLETE",),
    "DELETE_IN_PROGRESS": ("DELETE_COMPLETE",),
    "UPDATE_IN_PROGRESS": ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"),
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": ("UPDATE_COMPLETE",),
    "UPDATE_ROLLBACK_IN_PROGRESS": ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": ("UPDATE_ROLLBACK_COMPLETE",),
    "IMPORT_IN_PROGRESS": ("IMPORT_COMPLETE",),
    "IMPORT_ROLLBACK_IN_PROGRESS": ("IMPORT_ROLLBACK_COMPLETE",),
}
"""What a foreign operation that is met on its way comes to."""
