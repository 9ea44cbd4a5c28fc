"""Who and what a local Stowage begins with: two projects in two accounts, and four people.

They come in by the operators' own commands (`operate.onboard`, `operate.people`), as they would on AWS.
"""

import concurrent.futures
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from local.aws import client, environment
from local.cloud_process import ROOT, LocalCloudError
from local.endpoints import LocalPerson, LocalProject
from stowage.catalog.baseline import STACK_NAME as BASELINE_STACK

PROJECTS = (LocalProject("atlas", "111111111111"), LocalProject("borealis", "222222222222"))
BOTH = tuple(project.id for project in PROJECTS)
WITH_SFTP = ("atlas",)
"""The projects that have an SFTP server."""
PEOPLE = (
    ("olga@example.com", "Olga Operator", "operator", BOTH),
    ("anna@example.com", "Anna Manager", "manager", BOTH),
    ("ben@example.com", "Ben Manager", "manager", ("atlas",)),
    ("aude@example.com", "Aude Auditor", "auditor", BOTH),
)
LAST_LINES = 12


def _operate(source: Path, url: str, module: str, *arguments: str) -> None:
    command = [sys.executable, "-m", f"operate.{module}", *arguments]
    variables = {**os.environ, **environment(url)}
    done = subprocess.run(command, cwd=source, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
        raise LocalCloudError(f"`python -m operate.{module}` failed (exit {done.returncode}):\n{tail}")


def onboard(url: str, source: Path = ROOT) -> None:
    """Onboard the two projects, both at once, by the commands of the tree `source`. Raises LocalCloudError."""
    with concurrent.futures.ThreadPoolExecutor(len(PROJECTS)) as pool:
        jobs = [
            pool.submit(
                _operate, source, url, "onboard",
                "--project", it.id, "--name", it.id.title(), "--account", it.account,
                *(("--sftp", "yes") if it.id in WITH_SFTP else ()),
            )
            for it in PROJECTS
        ]  # fmt: skip
        for job in jobs:
            job.result()


def missing(url: str, table: str, pool: str) -> list[str]:
    """Give which of the people cannot sign in, and which projects have no row or no baseline in their account."""
    cognito, rows = client("cognito-idp", url), client("dynamodb", url)
    found = []
    for email, *_ in PEOPLE:
        users = cognito.list_users(UserPoolId=pool, Filter=f'email = "{email}"')["Users"]
        if not any(user["Enabled"] for user in users):
            found.append(email)
    for project in PROJECTS:
        key = {"pk": {"S": f"PROJECT#{project.id}"}, "sk": {"S": "PROJECT"}}
        if "Item" not in rows.get_item(TableName=table, Key=key):
            found.append(f"the project {project.id}")
        stacks = client("cloudformation", url, project.account).list_stacks()["StackSummaries"]
        names = {stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}
        if BASELINE_STACK not in names:
            found.append(f"the baseline in {project.account}")
    return found


def passwords(state_dir: Path) -> dict[str, str]:
    """Give each person's password, made once for a state folder and kept in it."""
    path = state_dir / "passwords.json"
    if not path.exists():
        made = {email: f"Aa1-{secrets.token_urlsafe(12)}" for email, *_ in PEOPLE}
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    known: dict[str, str] = json.loads(path.read_text())
    return known


def people(state_dir: Path) -> tuple[LocalPerson, ...]:
    """Give the four people with their passwords."""
    known = passwords(state_dir)
    return tuple(LocalPerson(email, known[email], role, projects) for email, _, role, projects in PEOPLE)


def add_people(url: str, state_dir: Path, source: Path = ROOT) -> None:
    """Add the four people with their roles. Raises LocalCloudError."""
    names = {email: name for email, name, *_ in PEOPLE}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(
                _operate, source, url, "people", "add", "--email", it.email, "--name", names[it.email],
                "--password", it.password, "--role", it.role,
                *(part for project in it.projects for part in ("--project", project)),
            )
            for it in people(state_dir)
        ]  # fmt: skip
        for job in jobs:
            job.result()
