"""What is read directly: which differences are drift, and what they are called by."""

import json
from typing import Any

import pytest

from stowage.domain.direct_checks import DirectChecks, UnknownReferenceError, differences, judged, resolved
from stowage.domain.drift import PROPERTIES_TOLD
from stowage.domain.errors import AccessDeniedError, ThrottledError
from stowage.domain.kinds import DirectCheck
from tests.unit.fakes.people import project
from tests.unit.fakes.reconciliation import FakeLiveResources

KNOWN = {"Bucket": "apples", "Bucket.Arn": "arn:aws:s3:::apples"}
CHECK = DirectCheck("Policy", "AWS::S3::BucketPolicy", ("PolicyDocument",), lambda _project, _name: KNOWN)
TLS = {
    "Sid": "Tls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::apples", "arn:aws:s3:::apples/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
KEY = {**TLS, "Sid": "Key", "Action": ["s3:PutObject"], "Condition": {"Null": {"s3:key": "false"}}}
POLICY: dict[str, Any] = {"Version": "2012-10-17", "Statement": [TLS, KEY]}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """Give a policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


SAME = {
    "the order of keys": policy(dict(reversed(TLS.items())), KEY),
    "the order of statements": policy(KEY, TLS),
    "the order of resources": policy({**TLS, "Resource": TLS["Resource"][::-1]}, KEY),  # type: ignore[index]
    "one value in a list": policy({**TLS, "Action": ["s3:*"]}, {**KEY, "Action": "s3:PutObject"}),
    "a value that stands twice": policy(TLS, {**KEY, "Action": ["s3:PutObject", "s3:PutObject"]}),
    "an action's case": policy(TLS, {**KEY, "Action": "S3:putobject"}),
    "everybody in the long form": policy({**TLS, "Principal": {"AWS": "*"}}, {**KEY, "Principal": {"AWS": ["*"]}}),
    "a truth that is no text": policy({**TLS, "Condition": {"Bool": {"aws:SecureTransport": False}}}, KEY),
    "a condition's value in a list": policy({**TLS, "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}, KEY),
    "a document that is written as text": json.dumps(POLICY),
    "an empty part": {**POLICY, "Id": ""},
}


@pytest.mark.parametrize("actual", SAME.values(), ids=SAME.keys())
def test_what_means_the_same_is_no_drift(actual: Any) -> None:
    """However a policy is written."""
    assert differences(POLICY, actual, "/P") == []
    assert differences(actual, POLICY, "/P") == []


OTHER = {
    "a statement that is gone": (policy(TLS), ["/P/Statement/1"]),
    "a statement too many": (policy(TLS, KEY, {**TLS, "Sid": "Hers"}), ["/P/Statement/2"]),
    "a statement that allows": (policy({**TLS, "Effect": "Allow"}, KEY), ["/P/Statement/0/Effect"]),
    "another condition": (
        policy({**TLS, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, KEY),
        ["/P/Statement/0/Condition/Bool/aws:SecureTransport"],
    ),
    "one condition more": (
        policy({**TLS, "Condition": {**TLS["Condition"], "StringEquals": {"aws:x": "y"}}}, KEY),  # type: ignore[dict-item]
        ["/P/Statement/0/Condition"],
    ),
    "no condition": (policy({**TLS, "Condition": {}}, KEY), ["/P/Statement/0/Condition"]),
    "a resource less": (policy({**TLS, "Resource": "arn:aws:s3:::apples"}, KEY), ["/P/Statement/0/Resource/1"]),
    "an action more": (
        policy(TLS, {**KEY, "Action": ["s3:PutObject", "s3:PutObjectAcl"]}),
        ["/P/Statement/1/Action/1"],
    ),
    "somebody instead of everybody": (
        policy({**TLS, "Principal": {"AWS": "111111111111"}}, KEY),
        ["/P/Statement/0/Principal"],
    ),
    "a statement without its name": (
        policy({key: value for key, value in TLS.items() if key != "Sid"}, KEY),
        ["/P/Statement/0", "/P/Statement/2"],
    ),
    "nothing": (None, ["/P"]),
    "a resource in other case": (
        policy({**TLS, "Resource": [each.upper() for each in TLS["Resource"]]}, KEY),
        [
            "/P/Statement/0/Resource/0",
            "/P/Statement/0/Resource/1",
            "/P/Statement/0/Resource/2",
            "/P/Statement/0/Resource/3",
        ],
    ),
}


@pytest.mark.parametrize(("actual", "paths"), OTHER.values(), ids=OTHER.keys())
def test_what_means_something_else_is_told_by_its_path(actual: Any, paths: list[str]) -> None:
    """By the template's own indices; what is too much follows after them."""
    assert differences(POLICY, actual, "/P") == paths


def test_no_path_is_made_of_what_somebody_wrote() -> None:
    """Neither a value nor a key that the template does not know."""
    hers = policy(
        {**TLS, "secret": "secret", "Condition": {"secret": {"secret": "secret"}}},
        {**KEY, "Principal": {"AWS": "secret"}, "Sid": "secret"},
    )

    found = differences(POLICY, hers, "/P")

    assert found
    assert "secret" not in str(found)


def test_keys_and_folders_are_compared_as_sets() -> None:
    """Of an SFTP user: a key added, a key gone, the same in another order, a folder that leads elsewhere."""
    folders: list[Any] = [{"Entry": "/in", "Target": "/apples/in"}, {"Entry": "/out", "Target": "/apples/out"}]

    assert differences(["a", "b"], ["b", "a"], "/Keys") == []
    assert differences(["a"], ["a", "b"], "/Keys") == ["/Keys/1"]
    assert differences(["a", "b"], ["b"], "/Keys") == ["/Keys/0"]
    assert differences([], ["b"], "/Keys") == ["/Keys"]
    assert differences(["a"], [], "/Keys") == ["/Keys/0"]
    assert differences(folders, folders[::-1], "/Home") == []
    assert differences(folders, [folders[0], {**folders[1], "Target": "/pears"}], "/Home") == ["/Home/1/Target"]


def test_what_is_gone_or_differs_in_no_property_that_is_compared() -> None:
    """DELETED, and nothing; of very many differences some are told."""
    gone = judged(CHECK, {"PolicyDocument": POLICY}, None)
    many = judged(CHECK, {"PolicyDocument": list(range(50))}, {"PolicyDocument": []})

    assert gone is not None
    assert (gone.type, gone.id, gone.status) == ("AWS::S3::BucketPolicy", "Policy", "DELETED")
    assert judged(CHECK, {"PolicyDocument": POLICY}, {"PolicyDocument": POLICY, "Other": 1}) is None
    assert many is not None
    assert len(many.properties) == PROPERTIES_TOLD


def test_references_of_a_template_stand_for_what_the_check_tells() -> None:
    """Ref, Fn::GetAtt and Fn::Join; anything else is not guessed."""
    template: Any = {
        "Bucket": {"Ref": "Bucket"},
        "Resource": [{"Fn::Join": ["/", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "*"]]}],
    }

    assert resolved(template, KNOWN) == {"Bucket": "apples", "Resource": ["arn:aws:s3:::apples/*"]}
    for unknown in ({"Ref": "Key"}, {"Fn::GetAtt": ["Bucket", "Name"]}, {"Fn::Sub": "${Bucket}"}):
        with pytest.raises(UnknownReferenceError):
            resolved([unknown], KNOWN)  # type: ignore[list-item]


def template(**policy_resource: Any) -> dict[str, Any]:
    """Give a template of one bucket policy."""
    given = {"Type": CHECK.type, "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": POLICY}}
    return {"Resources": {"Policy": {**given, **policy_resource}}}


def test_each_check_is_one_look() -> None:
    """Only at what the stack's template holds."""
    live = FakeLiveResources({("AWS::S3::BucketPolicy", "apples"): {"PolicyDocument": policy(TLS)}})
    checks = DirectChecks(live)

    [drifted], whole = checks.look(project(), "apples", (CHECK,), template())

    assert (drifted.status, drifted.properties, whole) == ("MODIFIED", ("/PolicyDocument/Statement/1",), True)
    assert live.read_types == ["AWS::S3::BucketPolicy"]
    assert checks.look(project(), "apples", (CHECK,), {"Resources": {}}) == ((), True)
    assert checks.look(project(), "apples", (CHECK,), template(Type="AWS::SQS::QueuePolicy")) == ((), True)
    assert live.read_types == ["AWS::S3::BucketPolicy"]


def test_what_cannot_be_looked_at_is_told_and_what_passes_is_tried_again() -> None:
    """A refusal, a template that refers to what nobody told: not whole. A throttle is the state's to repeat."""
    live = FakeLiveResources({("AWS::S3::BucketPolicy", "apples"): AccessDeniedError("no")})
    odd = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Ref": "Parameter"}}

    assert DirectChecks(live).look(project(), "apples", (CHECK,), template()) == ((), False)
    assert DirectChecks(live).look(project(), "apples", (CHECK,), template(Properties=odd)) == ((), False)
    live.there["AWS::S3::BucketPolicy", "apples"] = ThrottledError("slow")
    with pytest.raises(ThrottledError):
        DirectChecks(live).look(project(), "apples", (CHECK,), template())
