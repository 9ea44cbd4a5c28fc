"""What CloudFormation's service role needs in a project's account for a queue's stack."""

from stowage.domain.kinds import Statement


def service_statements() -> tuple[Statement, ...]:
    """Give the statement: what the handlers of AWS::SQS::Queue and AWS::SQS::QueuePolicy call, and no message."""
    return (
        {
            "Sid": "Queues",
            "Effect": "Allow",
            "Action": [
                "sqs:CreateQueue",
                "sqs:DeleteQueue",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ListQueueTags",
                "sqs:SetQueueAttributes",
                "sqs:TagQueue",
                "sqs:UntagQueue",
            ],
            # Every queue of this account and region: the name is the manager's free choice.
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:*"},
        },
    )
