"""The local cloud starts, stops, and keeps what it holds."""

from tests.contract.conftest import CloudFactory, LocalCloud


def test_each_account_is_an_account_of_its_own(cloud: LocalCloud) -> None:
    """A twelve-digit access key id is the root of that account, as the project's scripts rely on."""
    asked = ("000000000000", "111111111111")

    accounts = {cloud.client("sts", account).get_caller_identity()["Account"] for account in asked}

    assert accounts == set(asked)


def test_what_it_holds_survives_a_restart(start_cloud: CloudFactory, unique: str) -> None:
    """A topic made before a graceful stop is there after it."""
    private = start_cloud()
    topic = private.client("sns").create_topic(Name=unique)["TopicArn"]

    private.restart()

    assert [found["TopicArn"] for found in private.client("sns").list_topics()["Topics"]] == [topic]
