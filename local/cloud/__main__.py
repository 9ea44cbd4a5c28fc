"""Run the local cloud: ministack with this project's extension, on 127.0.0.1 alone."""

import argparse
import importlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

PARENT_CHECK_SECONDS = 1.0

# In this order: a later module may build on what an earlier one has replaced.
EXTENSIONS: tuple[str, ...] = (
    # the projects' accounts
    "iam",
    "iam_requests",
    "iam_access_keys",
    "iam_policies",
    "sts",
    "s3control",
    "s3_bucket",
    "s3_bucket_policy",
    "s3_access",
    "secretsmanager",
    "cognito_tokens",
    "cognito_revocation",
    "transfer",
    "sns_delivery",
    "sns_subscriptions",
    "cloudformation_additions",
    "cloudformation_events",
    "cloudformation_resources",
    "cloudformation_lifecycle",
    "cloudformation_requests",
    "cloudformation_recovery",
    "cloudformation_drift",
    "cloudformation_updates",
    "cloudformation_change_sets",
    # the hub
    "sam_transform",
    "lambda_runtime",
    "lambda_workers",
    "apigateway_resources",
    "apigateway_http",
    "apigateway_websocket",
    "apigateway_connections",
    "eventbridge",
    "logs",
    "stepfunctions_definition",
    "stepfunctions_history",
    "stepfunctions_callbacks",
    "stepfunctions_execution",
    "stepfunctions_events",
    "stepfunctions_retries",
    "stepfunctions_tasks",
    "stepfunctions_redrive",
    "stepfunctions_resume",
    "stepfunctions_versions",
    "stepfunctions",
    # everything
    "saving",
)


def end_with(parent: int) -> None:
    """Stop this process in order once the one that started it is gone: nobody else would, and it holds a port."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Start the emulator in this process and serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="local.cloud", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state-dir", type=Path, required=True, help="where what the cloud holds survives a restart")
    parser.add_argument("--step-seconds", type=float, default=0.0, help="time per resource of a project's stack")
    parser.add_argument("--no-auth", action="store_true", help="switch IAM enforcement off")
    parser.add_argument("--save-seconds", type=float, default=60.0, help="how often what has changed is saved")
    options = parser.parse_args()
    os.environ.update(
        GATEWAY_PORT=str(options.port),
        BIND_HOST="127.0.0.1",
        AUTH="false" if options.no_auth else "true",
        PERSIST_STATE="1",
        STATE_DIR=str(options.state_dir / "state"),
        S3_PERSIST="1",
        S3_DATA_DIR=str(options.state_dir / "s3"),
        MINISTACK_REGION="eu-west-1",
        AWS_DEFAULT_REGION="eu-west-1",
        IOT_MTLS_ENABLED="0",
        SFTP_HOST="127.0.0.1",
        STOWAGE_STEP_SECONDS=str(options.step_seconds),
        STOWAGE_SAVE_SECONDS=str(options.save_seconds),
    )
    for name in ("state", "s3"):
        (options.state_dir / name).mkdir(parents=True, exist_ok=True)
        (options.state_dir / name).chmod(0o700)  # secrets of users, and whatever is put into buckets
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    # ministack reads its settings when it is imported, so it is imported only now.
    for extension in EXTENSIONS:
        importlib.import_module(f"local.cloud.{extension}").install()
    sys.argv = sys.argv[:1]  # ministack parses the command line too
    importlib.import_module("ministack.app").main()


if __name__ == "__main__":
    main()
