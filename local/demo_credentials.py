"""The second half of `make demo`: a user's key is handed over, used and rotated; a partner comes by SFTP."""

import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import ClientError

from local.client import Listener, Message, Session
from local.demo_cleanup import Made
from local.demo_steps import BUCKET, OWNER, PROJECT, DemoError, expect, step
from local.endpoints import Endpoints, SftpAddress
from local.third_party import client_of, open_handover, reveal

WAIT_SECONDS = 60.0
SFTP_SECONDS = 40


def play_credentials(made: Made, screen: Listener) -> None:
    """Play what managers do for third parties, with a bucket of its own, and clear it away."""
    endpoints, anna = made.endpoints, made.session
    bucket, user, sender = (f"demo-{what}-{secrets.token_hex(4)}" for what in ("exchange", "partner", "sender"))
    project = f"projects/{PROJECT}"
    grants = [{"bucket": bucket, "prefix": "in/", "access": ["list", "read", "write"]}]
    with step(f"Anna makes the bucket {bucket} and the user {user}, who may write below in/"):
        made.make(screen, f"{project}/buckets/{bucket}", BUCKET)
        made.make(screen, f"{project}/users/{user}", {**OWNER, "grants": grants})
    with step("the bucket cannot be deleted while somebody has a grant on it (409)"):
        refused = expect(anna.http.delete(f"{project}/buckets/{bucket}"), 409)
    print(f"      {refused['detail']}")
    with step("Anna makes a one-time link; the partner opens it with the passphrase"):
        passphrase = f"demo {secrets.token_hex(8)}"
        link = expect(anna.http.post(f"{project}/users/{user}/handovers", json={"passphrase": passphrase}), 201)
        old = open_handover(endpoints, link, passphrase)
    print(f"      access key {old['accessKeyId']}; a second try gets {reveal(endpoints, link).status_code}")
    with step("the partner's key writes and reads inside its grant, and is refused outside"):
        client_of(endpoints, old).put_object(Bucket=bucket, Key="in/hello.txt", Body=b"hello")
        _refused(client_of(endpoints, old).put_object, Bucket=bucket, Key="elsewhere.txt", Body=b"")
    with step("the key is rotated: second key, handover, old key off, old key deleted"):
        _rotate(endpoints, anna, f"{project}/users/{user}", (bucket, "in/hello.txt"), old)
    _play_sftp(made, screen, (bucket, sender))
    with step("all of it is deleted"):
        made.delete(screen, f"{project}/users/{user}")
        made.delete(screen, f"{project}/buckets/{bucket}")


def _rotate(endpoints: Endpoints, anna: Session, user: str, known: tuple[str, str], old: Message) -> None:
    """Rotate without waiting for days: each wait is told to end."""
    bucket, key = known
    _until(anna, user, lambda it: it["rotation"] is None)  # the minting of the first key is a rotation, too
    rotation = expect(anna.http.post(f"{user}/rotations", json={}), 202)["rotation"]
    _until(anna, user, _stands_at("AWAITING_HANDOVER"))
    new = open_handover(endpoints, expect(anna.http.post(f"{user}/handovers", json={}), 201))
    for waiting in ("AWAITING_IDLE", "UNDO_WINDOW"):
        _until(anna, user, _stands_at(waiting))
        answer = anna.http.post(f"{user}/rotations/{rotation['id']}/advance", json={"step": waiting})
        if not answer.is_success:
            raise DemoError(f"the rotation could not go on: {answer.text}")
    _until(anna, user, lambda it: it["rotation"] is None)
    client_of(endpoints, new).get_object(Bucket=bucket, Key=key)
    _refused(client_of(endpoints, old).get_object, Bucket=bucket, Key=key)


def _stands_at(wanted: str) -> Callable[[Message], bool]:
    return lambda credentials: (credentials["rotation"] or {}).get("step") == wanted


def _until(anna: Session, user: str, wanted: Callable[[Message], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not wanted(found := expect(anna.http.get(f"{user}/credentials"), 200)):
        if time.monotonic() > deadline:
            raise DemoError(f"the rotation did not go on within {WAIT_SECONDS:.0f} s: {found}")
        time.sleep(0.1)


def _refused(call: Callable[..., object], **arguments: object) -> None:
    try:
        call(**arguments)
    except ClientError:
        return
    raise DemoError(f"a call was let through that no grant allows: {arguments}")


def _play_sftp(made: Made, screen: Listener, names: tuple[str, str]) -> None:
    """Let a partner in with their own public key: no secret ever travels."""
    bucket, sender = names
    address = next(project.sftp for project in made.endpoints.projects if project.id == PROJECT)
    if address is None:
        raise DemoError(f"the project {PROJECT} has no SFTP server.")
    user = f"projects/{PROJECT}/sftp-users/{sender}"
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)])
        home = [{"path": "/inbox", "bucket": bucket, "prefix": "in/", "access": ["list", "read"]}]
        wish = {**OWNER, "publicKeys": [key.with_suffix(".pub").read_text().strip()], "home": home}
        with step(f"the SFTP user {sender} fetches that file with OpenSSH's sftp"):
            made.make(screen, user, wish)
            fetched = Path(folder) / "fetched"
            _sftp(address, sender, key, f"get /inbox/hello.txt {fetched}\n")
            if fetched.read_text() != "hello":
                raise DemoError("the partner fetched something else than was written.")
        made.delete(screen, user)


def _sftp(address: SftpAddress, user: str, key: Path, commands: str) -> None:
    options = {
        "IdentitiesOnly": "yes",
        "IdentityFile": str(key),
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": str(key.parent / "known_hosts"),
    }
    chosen = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    target = ["-P", str(address.port), "-b", "-", f"{user}@{address.host}"]
    _run(["sftp", "-q", "-F", "/dev/null", *chosen, *target], commands)


def _run(command: list[str], text: str = "") -> None:
    try:
        subprocess.run(command, input=text, capture_output=True, text=True, timeout=SFTP_SECONDS, check=True)
    except FileNotFoundError as error:
        raise DemoError(f"{command[0]} is missing: install OpenSSH's client.") from error
    except subprocess.SubprocessError as error:
        raise DemoError(f"`{command[0]}` failed: {error}. {getattr(error, 'stderr', None) or ''}") from error
