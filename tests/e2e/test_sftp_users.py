"""A partner with OpenSSH's own `sftp`: logs in with the key that was agreed on, and cannot leave their folders."""

from pathlib import Path
from typing import Any

import pytest

from local.client import Session
from local.endpoints import Endpoints, LocalProject
from tests.contract.sftp import SftpClient, make_key, public
from tests.e2e import credentials
from tests.e2e.conftest import Aws
from tests.e2e.credentials import OWNER, new_name, put

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def atlas(endpoints: Endpoints) -> LocalProject:
    """The project that has an SFTP server."""
    return next(project for project in endpoints.projects if project.id == "atlas")


def folder(path: str, bucket: str, prefix: str, *access: str) -> dict[str, Any]:
    """Give a folder as a spec has it."""
    return {"path": path, "bucket": bucket, "prefix": prefix, "access": list(access)}


def client_of(atlas: LocalProject, user: str, key: Path, scratch: Path) -> SftpClient:
    """Give the partner's client."""
    assert atlas.sftp is not None
    return SftpClient(scratch, atlas.sftp.port, user, key)


def test_a_partner_puts_and_gets_files_and_cannot_leave_the_folders(
    anna: Session, atlas: LocalProject, aws: Aws, tmp_path: Path
) -> None:
    """Two folders of two prefixes: one to deliver into, one to fetch from; nothing else exists for the partner."""
    bucket, user = new_name("exchange"), new_name("partner")
    s3 = aws("s3", atlas.account)
    put(anna, f"buckets/{bucket}", OWNER)
    s3.put_object(Bucket=bucket, Key="out/receipt.txt", Body=b"receipt")
    s3.put_object(Bucket=bucket, Key="secret/plan.txt", Body=b"secret")
    key = make_key(tmp_path)
    home = [
        folder("/invoices", bucket, "in/", "list", "read", "write"),
        folder("/receipts", bucket, "out/", "list", "read"),
    ]
    put(anna, f"sftp-users/{user}", {**OWNER, "publicKeys": [public(key)], "home": home})
    outputs = anna.http.get(f"projects/atlas/sftp-users/{user}").json()["outputs"]
    assert outputs["Endpoint"].startswith(f"{outputs['ServerId']}.server.transfer.")
    partner = client_of(atlas, user, key, tmp_path)

    delivered = partner.say(f"put {partner.file('invoice 1')} /invoices/1.txt")
    assert delivered.code == 0, delivered.text
    assert s3.get_object(Bucket=bucket, Key="in/1.txt")["Body"].read() == b"invoice 1"
    assert partner.get("/invoices/1.txt") == "invoice 1"
    assert partner.get("/receipts/receipt.txt") == "receipt"
    listed = partner.say("ls /").text.split()
    assert {"/invoices", "/receipts"} <= set(listed)
    for forbidden in (
        "ls /invoices/../../secret",
        "ls /secret",
        "get /secret/plan.txt",
        "get ../secret/plan.txt",
        "get /invoices/../secret/plan.txt",
        f"put {partner.file('x')} /receipts/x.txt",
        f"put {partner.file('x')} /x.txt",
        "rm /receipts/receipt.txt",
        "rm /invoices/1.txt",
        "symlink /secret/plan.txt /invoices/plan",
    ):
        said = partner.say(forbidden)
        assert said.code != 0, f"{forbidden}: {said.text}"
        assert "secret" not in (tmp_path / "fetched").read_text()
    keys = [it["Key"] for it in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert sorted(keys) == ["in/1.txt", "out/receipt.txt", "secret/plan.txt"]


def test_another_key_a_replaced_key_and_a_switched_off_user_are_refused(
    anna: Session, atlas: LocalProject, tmp_path: Path
) -> None:
    """Keys are exchanged without a secret ever travelling: the partner sends a public one."""
    bucket, user = new_name("exchange"), new_name("partner")
    put(anna, f"buckets/{bucket}", OWNER)
    first, second, stranger = make_key(tmp_path), make_key(tmp_path), make_key(tmp_path)
    spec = {**OWNER, "publicKeys": [public(first)], "home": [folder("/", bucket, "", "list", "read", "write")]}
    put(anna, f"sftp-users/{user}", spec)
    assert client_of(atlas, user, first, tmp_path).say("ls /").code == 0
    for key in (second, stranger):
        assert client_of(atlas, user, key, tmp_path).say("ls /").code != 0
    put(anna, f"sftp-users/{user}", {**spec, "publicKeys": [public(first), public(second)]})
    assert [client_of(atlas, user, key, tmp_path).say("ls /").code for key in (first, second)] == [0, 0]
    put(anna, f"sftp-users/{user}", {**spec, "publicKeys": [public(second)]})
    assert client_of(atlas, user, first, tmp_path).say("ls /").code != 0
    put(anna, f"sftp-users/{user}", {**spec, "publicKeys": [public(second)], "enabled": False})
    assert client_of(atlas, user, second, tmp_path).say("ls /").code != 0
    put(anna, f"sftp-users/{user}", {**spec, "publicKeys": [public(second)], "enabled": True})
    assert client_of(atlas, user, second, tmp_path).say("ls /").code == 0
    assert anna.http.delete(f"projects/atlas/buckets/{bucket}").status_code == 409
    credentials.delete(anna, f"sftp-users/{user}")
    assert client_of(atlas, user, second, tmp_path).say("ls /").code != 0
    credentials.delete(anna, f"buckets/{bucket}")


def test_a_private_key_and_a_project_without_a_server_are_refused_with_a_sentence(
    anna: Session, tmp_path: Path
) -> None:
    """Nothing begins, and what was pasted by mistake is not repeated."""
    key = make_key(tmp_path)
    bucket = new_name("exchange")
    home = [folder("/", bucket, "", "list")]
    pasted = key.read_text()
    refused = anna.http.put(
        f"projects/atlas/sftp-users/{new_name('partner')}", json={**OWNER, "publicKeys": [pasted], "home": home}
    )
    assert refused.status_code == 422
    assert pasted.splitlines()[1] not in refused.text
    put(anna, f"buckets/{bucket}", OWNER, "borealis")
    without = anna.http.put(
        f"projects/borealis/sftp-users/{new_name('partner')}",
        json={**OWNER, "publicKeys": [public(key)], "home": home},
    )
    assert without.status_code == 422
    assert "SFTP server" in without.text
