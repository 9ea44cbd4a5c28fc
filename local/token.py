"""`make token PERSON=…`: an access token of somebody, for curl and for the Authorize button of the API's page."""

import sys

from botocore.exceptions import BotoCoreError, ClientError

from local.client import Session
from local.endpoints import Endpoints
from local.run import ENDPOINTS


def main() -> int:
    """Print the token alone, good for an hour; give 1 and one sentence if there is none."""
    who = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        endpoints = Endpoints.read(ENDPOINTS)
        if who not in {person.email for person in endpoints.people}:
            emails = ", ".join(person.email for person in endpoints.people)
            print(f"stowage: whose token? make token PERSON=<one of {emails}>", file=sys.stderr)
            return 1
        with Session(endpoints, who) as session:
            print(session.tokens["AccessToken"])
    except ClientError as error:
        print(f"stowage: {who} cannot sign in: {error}. `make run FRESH=1` begins anew.", file=sys.stderr)
        return 1
    except (FileNotFoundError, BotoCoreError):
        print("stowage: nothing runs here: start `make run` in another terminal first.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
