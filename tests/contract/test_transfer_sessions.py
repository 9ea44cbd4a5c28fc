"""An SFTP session, by OpenSSH's own client: who logs in, what is seen, and that the role decides about each action.

https://docs.aws.amazon.com/transfer/latest/userguide/users-policies.html
https://docs.aws.amazon.com/transfer/latest/userguide/logical-dir-mappings.html
"""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import OTHER_PROJECT, LocalCloud, StackDriver
from tests.contract.iam_users import make_bucket
from tests.contract.sftp import SftpClient, World, document, grant, make_key, trust

ALL = ("list", "read", "write", "delete")


@pytest.fixture
def world(cloud: LocalCloud, unique: str, tmp_path: Path) -> World:
    """Make an SFTP server and a bucket for one test."""
    return World.create(cloud, unique, tmp_path)


def test_files_are_put_listed_renamed_read_and_removed(world: World, unique: str) -> None:
    """Each becomes the S3 request that it is on AWS, in the project's account."""
    sftp = world.partner(unique)
    upload = sftp.file("figures")

    put = sftp.say(
        "mkdir /in/2026", f"put {upload} /in/draft.csv", "rename /in/draft.csv /in/2026/july.csv", "ls -1 /in"
    )

    assert put.code == 0, put.text
    assert put.text.splitlines()[-1] == "/in/2026"
    assert world.keys() == ["in/2026/", "in/2026/july.csv"]
    assert world.text("in/2026/july.csv") == "figures"
    assert sftp.get("/in/2026/july.csv") == "figures"
    removed = sftp.say("rm /in/2026/july.csv", "rmdir /in/2026")
    assert removed.code == 0, removed.text
    assert world.keys() == []


def test_an_upload_is_encrypted_and_versioned_as_its_bucket_says(world: World, unique: str) -> None:
    """The object has the bucket's default encryption, and a removal leaves the earlier version."""
    s3 = world.client("s3")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=world.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_versioning(Bucket=world.bucket, VersioningConfiguration={"Status": "Enabled"})
    sftp = world.partner(unique)

    said = sftp.say(f"put {sftp.file('one')} /in/a", f"put {sftp.file('two')} /in/a", "rm /in/a")

    assert said.code == 0, said.text
    found = s3.list_object_versions(Bucket=world.bucket)
    assert [len(found[what]) for what in ("Versions", "DeleteMarkers")] == [2, 1]
    version = found["Versions"][0]["VersionId"]
    assert s3.head_object(Bucket=world.bucket, Key="in/a", VersionId=version)["ServerSideEncryption"] == "AES256"


def test_a_large_file_comes_back_as_it_went(world: World, unique: str) -> None:
    """Many requests in flight at once, in any order, make one object."""
    sftp = world.partner(unique)
    text = "".join(f"{number:09d}\n" for number in range(300_000))

    said = sftp.say(f"put {sftp.file(text)} /in/large")

    assert said.code == 0, said.text
    assert sftp.get("/in/large") == text


@pytest.mark.parametrize(("kind", "bits"), [("ed25519", None), ("ecdsa", 256), ("ecdsa", 521), ("rsa", 2048)])
def test_every_kind_of_strong_key_logs_in(world: World, unique: str, kind: str, bits: int | None) -> None:
    """Ed25519, ECDSA, and RSA of 2048 bits."""
    key = make_key(world.folder, kind, bits)

    said = world.user(unique, world.role(unique, *grant(world.bucket, "in", *ALL)), key=key).say("pwd")

    assert said.code == 0, said.text


def test_only_a_key_of_the_user_logs_in(world: World, unique: str) -> None:
    """Another user's key, an unknown name and a user without any key are refused alike."""
    mine, yours = world.partner(f"{unique}-a"), world.partner(f"{unique}-b")
    keyless = world.partner(f"{unique}-c")
    transfer = world.client("transfer")
    named = {"ServerId": world.server_id, "UserName": keyless.user}
    imported = transfer.describe_user(**named)["User"]["SshPublicKeys"][0]["SshPublicKeyId"]
    transfer.delete_ssh_public_key(**named, SshPublicKeyId=imported)
    strangers = [
        SftpClient(world.folder, world.port, mine.user, yours.key),
        SftpClient(world.folder, world.port, f"{unique}-nobody", mine.key),
        keyless,
    ]

    said = [stranger.say("pwd") for stranger in strangers]

    assert mine.say("pwd").code == 0
    assert [one.code for one in said] == [255, 255, 255]


def test_nothing_but_sftp_is_offered(world: World, unique: str) -> None:
    """No shell and no command, even for who may log in."""
    said = world.partner(unique).shell("echo open")

    assert said.code != 0
    assert "open" not in said.text.split()


@pytest.mark.parametrize(
    "command",
    [
        "cd /{bucket}",
        "cd /in/../secret",
        "ls /in/../../secret",
        "ls /../../../{bucket}/secret",
        "get /in/../../{bucket}/secret/plan {folder}/stolen",
        "get /secret/plan {folder}/stolen",
        "put {upload} /loose",
        "put {upload} /secret/plan",
        "put {upload} /in/../secret/plan",
        "rename /in/mine /secret/mine",
        "rename /in/mine /in/../mine",
        "rm /secret/plan",
        "mkdir /new",
        "rmdir /in",
        "rm /in",
        "ln -s /secret/plan /in/link",
        "ln /in/mine /in/link",
        "chmod 777 /in/mine",
    ],
)
def test_a_session_cannot_leave_its_directories(world: World, unique: str, command: str) -> None:
    """The role could do all of it: what is not below a mapping has no place in S3 at all."""
    world.put("in/mine", "mine")
    world.put("secret/plan", "plan")
    whole = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    sftp = world.user(unique, world.role(unique, whole))
    stolen = world.folder / "stolen"

    said = sftp.say(command.format(bucket=world.bucket, folder=world.folder, upload=sftp.file("x")))

    assert said.code == 1, said.text
    assert not stolen.exists()
    assert world.keys() == ["in/mine", "secret/plan"]
    assert world.text("secret/plan") == "plan"


def test_an_entry_itself_is_not_the_users_to_remove(world: World, unique: str) -> None:
    """Not even an empty one, whose object is its name and a slash."""
    world.put("in/", "")

    said = world.partner(unique).say("rmdir /in")

    assert (said.code, "ermission denied" in said.text) == (1, True), said.text
    assert world.keys() == ["in/"]


def test_the_root_has_nothing_above_it(world: World, unique: str) -> None:
    """`cd ..` stays, and the root shows the mappings alone."""
    world.put("secret/plan", "plan")
    whole = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}

    said = world.user(unique, world.role(unique, whole)).say("cd ..", "cd ..", "pwd", "ls -1")

    assert said.code == 0, said.text
    assert "Remote working directory: /\n" in said.text
    assert said.text.splitlines()[-1] == "in"


@pytest.mark.parametrize(
    ("missing", "command"),
    [
        ("list", "ls /in"),
        ("read", "get /in/there {folder}/fetched"),
        ("write", "put {upload} /in/new"),
        ("write", "rename /in/there /in/new"),
        ("write", "mkdir /in/new"),
        ("delete", "rm /in/there"),
    ],
)
def test_an_action_that_the_role_lacks_is_refused(world: World, unique: str, missing: str, command: str) -> None:
    """With the permission it works, without it the client says so and S3 is as it was."""
    world.put("in/there", "there")
    able, unable = world.partner(f"{unique}-a"), world.partner(f"{unique}-b", *(one for one in ALL if one != missing))
    line = command.format(folder=world.folder, upload=able.file("new"))

    refused = unable.say(line)

    assert refused.code == 1
    assert "ermission denied" in refused.text
    assert (world.keys(), world.text("in/there")) == (["in/there"], "there")
    assert able.say(line).code == 0


def test_a_grant_ends_at_its_prefix(world: World, unique: str) -> None:
    """A mapping to the whole bucket shows only what the role may see."""
    world.put("in/mine", "mine")
    world.put("inside/plan", "plan")
    role = world.role(unique, *grant(world.bucket, "in", *ALL))
    sftp = world.user(unique, role, target=f"/{world.bucket}", entry="/")

    assert sftp.get("/in/mine") == "mine"
    for command in ("ls /", f"put {sftp.file('x')} /loose", f"get /inside/plan {world.folder}/stolen"):
        assert sftp.say(command).code == 1, command
    assert not (world.folder / "stolen").exists()
    assert world.keys() == ["in/mine", "inside/plan"]


def test_the_permissions_boundary_of_the_role_holds(world: World, unique: str) -> None:
    """What the boundary does not allow is refused, whatever the role's own policy says."""
    limits = json.dumps(document(*grant(world.bucket, "in", "list", "read")))
    boundary = world.client("iam").create_policy(PolicyName=unique, PolicyDocument=limits)["Policy"]["Arn"]
    role = world.role(unique, *grant(world.bucket, "in", *ALL), PermissionsBoundary=boundary)
    world.put("in/there", "there")
    sftp = world.user(unique, role)

    said = sftp.say(f"put {sftp.file('x')} /in/new")

    assert (said.code, "ermission denied" in said.text) == (1, True)
    assert sftp.get("/in/there") == "there"


def test_the_bucket_policy_holds(world: World, unique: str) -> None:
    """Its denials count for SFTP too."""
    sftp = world.partner(unique)
    denial = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{world.bucket}/in/closed/*",
    }
    world.client("s3").put_bucket_policy(Bucket=world.bucket, Policy=json.dumps(document(denial)))

    assert sftp.say(f"put {sftp.file('x')} /in/open").code == 0
    assert sftp.say(f"put {sftp.file('x')} /in/closed/x").code == 1


@pytest.mark.parametrize(("end", "code"), [("2020-01-01T00:00:00Z", 1), ("2099-01-01T00:00:00Z", 0)])
def test_an_expired_grant_shows_nothing(world: World, unique: str, end: str, code: int) -> None:
    """A condition on aws:CurrentTime is asked at each request."""
    world.put("in/there", "there")
    limited = grant(world.bucket, "in", *ALL, DateLessThan={"aws:CurrentTime": end})
    sftp = world.user(unique, world.role(unique, *limited))

    said = [sftp.say("ls /in"), sftp.say(f"get /in/there {world.folder}/x"), sftp.say(f"put {sftp.file('x')} /in/x")]

    assert [one.code for one in said] == [code, code, code]


def test_the_role_needs_the_key_that_the_bucket_encrypts_with(world: World, unique: str) -> None:
    """kms:GenerateDataKey to upload; kms:Decrypt to download."""
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    world.client("s3").put_bucket_encryption(Bucket=world.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    using = {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key}
    able = world.user(f"{unique}-a", world.role(f"{unique}-a", *grant(world.bucket, "in", *ALL), using))
    unable = world.partner(f"{unique}-b")

    uploaded, refused = (sftp.say(f"put {sftp.file('x')} /in/{sftp.user}") for sftp in (able, unable))

    assert uploaded.code == 0, uploaded.text
    assert able.get(f"/in/{able.user}") == "x"
    assert (refused.code, "ermission denied" in refused.text) == (1, True)
    assert unable.say(f"get /in/{able.user} {world.folder}/stolen").code == 1


def test_a_bucket_of_stowage_takes_uploads_with_its_key(world: World, stacks: StackDriver, unique: str) -> None:
    """Its policy, which refuses other keys and old TLS, lets them through; the object has the project's key."""
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    bucket = make_bucket(stacks, f"{unique}-hardened", key, world.bucket)
    using = {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key}
    role = world.role(unique, *grant(bucket.name, "in", *ALL), using)
    sftp = world.user(unique, role, target=f"/{bucket.name}/in")

    said = sftp.say(f"put {sftp.file('figures')} /in/a", "rename /in/a /in/b")

    assert said.code == 0, said.text
    assert sftp.get("/in/b") == "figures"
    head = world.client("s3").head_object(Bucket=bucket.name, Key="in/b")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


@pytest.mark.parametrize(
    "trusting",
    [
        trust(service="lambda.amazonaws.com"),
        trust(account=OTHER_PROJECT),
        trust(server_id="s-00000000000000000"),
    ],
    ids=["another service", "another account", "another server"],
)
def test_a_role_that_does_not_trust_this_user_lets_nobody_in(
    world: World, unique: str, trusting: dict[str, Any]
) -> None:
    """The role is assumed for the user's own ARN (aws:SourceArn), in the user's account (aws:SourceAccount)."""
    role = world.role(unique, *grant(world.bucket, "in", *ALL), trusting=trusting)

    assert world.user(unique, role).say("pwd").code == 255


def test_a_bucket_of_another_account_stays_closed(world: World, unique: str) -> None:
    """A mapping may name any bucket; only its owner's permission opens it."""
    foreign = f"{unique}-foreign"
    theirs = world.cloud.client("s3", OTHER_PROJECT)
    theirs.create_bucket(Bucket=foreign, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    theirs.put_object(Bucket=foreign, Key="in/plan", Body=b"plan")
    role = world.role(unique, *grant(foreign, "in", *ALL))
    sftp = world.user(unique, role, target=f"/{foreign}/in")

    assert sftp.say("ls /in").code == 1
    assert sftp.say(f"get /in/plan {world.folder}/stolen").code == 1


def test_a_user_or_server_that_is_gone_lets_nobody_in(world: World, unique: str) -> None:
    """A stopped server, a deleted user."""
    transfer, sftp = world.client("transfer"), world.partner(unique)
    assert sftp.say("pwd").code == 0

    transfer.stop_server(ServerId=world.server_id)
    assert sftp.say("pwd").code == 255
    transfer.start_server(ServerId=world.server_id)
    assert sftp.say("pwd").code == 0
    transfer.delete_user(ServerId=world.server_id, UserName=unique)
    assert sftp.say("pwd").code == 255


def test_a_session_that_is_open_obeys_what_changes_meanwhile(world: World, unique: str) -> None:
    """A permission that is taken away is gone at the next command, and the user's deletion ends the session."""
    world.put("in/there", "there")
    sftp = world.partner(unique)

    with sftp.open() as session:
        before = session.ask("ls -1 /in")
        world.client("iam").delete_role_policy(RoleName=f"{unique}-role", PolicyName="p")
        after = session.ask("ls -1 /in")
        world.client("transfer").delete_user(ServerId=world.server_id, UserName=unique)
        session.ask("ls -1 /in")
        code = session.wait()

    assert "/in/there" in before
    assert "ermission denied" in after
    assert code in {255, -signal.SIGPIPE}, "the client was not cut off"


@pytest.mark.parametrize(("optimization", "shown"), [("ENABLED", ["in"]), ("DISABLED", [])])
def test_an_entry_without_objects_is_shown_by_an_optimized_server_alone(
    cloud: LocalCloud, unique: str, tmp_path: Path, optimization: str, shown: list[str]
) -> None:
    """Else it appears with its first object, as the root directory requirements say."""
    options = {"DirectoryListingOptimization": optimization}
    world = World.create(cloud, unique, tmp_path, S3StorageOptions=options)
    sftp = world.partner(unique)

    before = sftp.say("ls -1").text.splitlines()[1:]
    assert sftp.say(f"put {sftp.file('x')} /in/x").code == 0
    after = sftp.say("ls -1").text.splitlines()[1:]

    assert [line for line in before if line.strip()] == shown
    assert after == ["in"]


def test_a_target_may_name_the_user(world: World, unique: str) -> None:
    """`${transfer:UserName}` in a mapping is the user's name."""
    world.put(f"in/{unique}/there", "there")
    role = world.role(unique, *grant(world.bucket, "in", *ALL))

    sftp = world.user(unique, role, target=f"/{world.bucket}/in/${{transfer:UserName}}")

    assert sftp.get("/in/there") == "there"
