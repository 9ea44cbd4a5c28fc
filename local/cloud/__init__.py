"""The emulator's extension: what ministack lacks of AWS, one module per service.

What no emulator shows, and nothing here claims to be tested: service quotas, throttling, IAM and DNS propagation,
cold starts, CloudFormation's real durations, TLS (the loopback counts as TLS, and no policy sees its version), KMS's
refusal to decrypt for anybody but the callers of S3 and Secrets Manager, X-Ray, Cognito's e-mails. What differs from
AWS and stays so:

- Permissions of CloudFormation's service role are enforced for S3, KMS and IAM types alone; stack policies and the
  topic's publishing policy are not.
- The signature of an account's root (its number as the key) is not checked; a user's and a session's are.
- Conditions that are not evaluated (`iam_conditions`) are refused in the policies of users, roles and groups; in those
  of buckets, keys, topics and queues they never hold.
- Another account's bucket or secret stays closed but for what a bucket's own policy opens.
- Resources of a stack run one after another; deleting a stack that is being created waits for the creation.
- Step Functions: only lambda and dynamodb calls are checked against the machine's role; Parallel and Map have a flat
  history, and an execution that ended in one is not redriven (refused). Executions notice nothing of a restart but that
  a task which it cuts short is tried again (`stepfunctions_resume`); only one inside a Parallel or Map is FAILED with
  `States.ServiceRestart`, and its event is sent, so that what it held is freed once its stacks are at rest.
- Lambda: a dozen invocations work at once, the others wait for up to a minute before they are throttled
  (`lambda_concurrency`).
- CloudWatch Logs: of filter patterns, terms and comparisons of fields alone; others are refused (`logs_patterns`).
- SFTP: a rename is a copy and a deletion, and leaves the copy where deleting is not allowed; of AWS that is not
  documented.
- API Gateway: throttling is readable, not enforced; access logs are not written; a WebSocket message above 32 KB closes
  the connection (AWS takes 128 KB in frames of 32 KB).
- `kill -9` loses what was not saved: the last minute at most (`saving`), but for objects of S3, which stand at once.

Each module's docstring tells its own; what a template asks for and nobody here applies is refused loudly
(`cloudformation_support.json`).
"""
