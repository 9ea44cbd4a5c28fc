"""`.local/endpoints.json`: what is written is what is read."""

import json
from dataclasses import replace
from pathlib import Path

from local.endpoints import Endpoints, LocalPerson, LocalProject, SftpAddress

ENDPOINTS = Endpoints(
    console="http://127.0.0.1:1",
    api="http://127.0.0.1:2/api",
    socket="ws://127.0.0.1:2/socket",
    aws="http://127.0.0.1:2",
    region="eu-west-1",
    hub_account="000000000000",
    table="table",
    state_machines={"change_resource": "arn"},
    user_pool_id="pool",
    client_id="client",
    test_sign_in="USER_PASSWORD_AUTH",
    projects=(
        LocalProject("atlas", "111111111111", SftpAddress("127.0.0.1", 2022)),
        LocalProject("borealis", "222222222222"),
    ),
    people=(LocalPerson("anna@example.com", "secret", "manager", ("atlas",)),),
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Projects with and without an SFTP server alike, and nobody else may read the passwords."""
    path = tmp_path / "endpoints.json"

    ENDPOINTS.write(path)

    assert Endpoints.read(path) == ENDPOINTS
    assert path.stat().st_mode & 0o077 == 0
    assert [project["sftp"] for project in json.loads(path.read_text())["projects"]] == [
        {"host": "127.0.0.1", "port": 2022},
        None,
    ]


def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """A project without a word about SFTP has no server."""
    path = tmp_path / "endpoints.json"
    ENDPOINTS.write(path)
    raw = json.loads(path.read_text())
    for project in raw["projects"]:
        del project["sftp"]
    path.write_text(json.dumps(raw))

    bare = tuple(replace(project, sftp=None) for project in ENDPOINTS.projects)

    assert Endpoints.read(path) == replace(ENDPOINTS, projects=bare)
