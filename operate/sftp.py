"""A project's SFTP server: whether it has one, and how it loses it.

The server is a part of the baseline stack; it costs by the hour, used or not
(https://aws.amazon.com/aws-transfer-family/pricing/).
"""

from operate.baseline_stack import Hours
from operate.occupancy import REQUEST_SECONDS, Mirror, named, running, standing
from operate.refusals import OperatorError
from stowage.domain.projects import Project

KIND = "sftp-user"
"""The kind that needs the server."""


def close_to_sftp_users(project: Project, mirror: Mirror, hours: Hours) -> None:
    """Make sure that nobody uses the project's SFTP server, and that nobody begins to: its removal may follow.

    First the project forgets its server, so that no user is accepted any more, then whoever was accepted meanwhile is
    looked for. Raises OperatorError, naming the users, while there are any; the project knows its server then again.
    """
    _refuse_users(project, mirror)
    mirror.projects.put_project(project.model_copy(update={"sftp_server_id": None}))
    hours.sleep(REQUEST_SECONDS)
    try:
        _refuse_users(project, mirror)
    except OperatorError:
        mirror.projects.put_project(project)
        raise


def _refuse_users(project: Project, mirror: Mirror) -> None:
    users = [*standing(project, mirror.resources, KIND), *running(project, mirror, KIND)]
    if users:
        raise OperatorError(f"{project.id} still has {named(users)}: delete them in Stowage before its SFTP server.")
