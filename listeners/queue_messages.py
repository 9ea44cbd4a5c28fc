"""What SQS gives a listener."""

from pydantic import BaseModel, ConfigDict, Field


class QueueMessage(BaseModel):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)

    message_id: str = Field(alias="messageId")
    body: str


class QueueMessages(BaseModel):
    """As many at once as the event source mapping's BatchSize says, one at least."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)

    messages: list[QueueMessage] = Field(alias="Records", min_length=1)


class OneQueueMessage(QueueMessages):
    """One message, where the mapping's BatchSize is 1."""

    messages: list[QueueMessage] = Field(alias="Records", min_length=1, max_length=1)
