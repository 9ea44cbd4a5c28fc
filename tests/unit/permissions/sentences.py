"""What is needed against what is allowed: one sentence per difference, which says what to do."""

from tests.unit.permissions.actions import Needs, Permission


def differences(who: str, needs: Needs, allowed: set[Permission], where: str) -> list[str]:
    """Tell what is missing and what is spare.

    Args:
        who: whose role it is ("ApiFunction").
        needs: what is needed, each with what needs it.
        allowed: what the role allows.
        where: the file, and the place in it, that holds the role.
    """
    missing = [
        f"{who} needs {permission} ({needs[permission]}), and its role lacks it: add it in {where}."
        for permission in sorted(needs.keys() - allowed)
    ]
    spare = [
        f"{who} is allowed {permission}, and nothing that it reaches needs it: remove it in {where}."
        for permission in sorted(allowed - needs.keys())
    ]
    return missing + spare
