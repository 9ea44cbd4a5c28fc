"""The users of the hub's Cognito user pool."""

from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.domain.errors import InvalidRequestError
from stowage.domain.onboarding import SignIn

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.client import CognitoIdentityProviderClient

PASSWORD_ERRORS = {"InvalidPasswordException": InvalidRequestError, "InvalidParameterException": InvalidRequestError}


class CognitoSignIns:
    """The port `SignIns`."""

    def __init__(self, client: "CognitoIdentityProviderClient", pool: str) -> None:
        self._client = client
        self._pool = pool

    def find(self, email: str) -> SignIn | None:
        """Give the user with this e-mail, or None. The e-mail has no quote in it: the caller has checked its form."""
        with aws_errors():
            users = self._client.list_users(UserPoolId=self._pool, Filter=f'email = "{email}"')["Users"]
        return _sign_in(users[0]) if users else None

    def create(self, email: str, name: str, *, invite: bool) -> SignIn:
        """Create the user, e-mail verified; with `invite` Cognito mails a first password."""
        attributes: Any = [
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
            {"Name": "name", "Value": name},
        ]
        silence: dict[str, Any] = {} if invite else {"MessageAction": "SUPPRESS"}
        with aws_errors({"InvalidParameterException": InvalidRequestError}):
            made = self._client.admin_create_user(
                UserPoolId=self._pool, Username=email, UserAttributes=attributes, **silence
            )
        return _sign_in(made["User"])

    def set_password(self, user: SignIn, password: str) -> None:
        """Set the password for good. Raises InvalidRequestError when it breaks the pool's password policy."""
        with aws_errors(PASSWORD_ERRORS):
            self._client.admin_set_user_password(
                UserPoolId=self._pool, Username=user.id, Password=password, Permanent=True
            )

    def enable(self, user: SignIn) -> None:
        """Let the user sign in (again); idempotent."""
        with aws_errors():
            self._client.admin_enable_user(UserPoolId=self._pool, Username=user.id)

    def disable(self, user: SignIn) -> None:
        """Forbid signing in and end every session; idempotent."""
        with aws_errors():
            self._client.admin_disable_user(UserPoolId=self._pool, Username=user.id)
            self._client.admin_user_global_sign_out(UserPoolId=self._pool, Username=user.id)


def _sign_in(user: Any) -> SignIn:  # noqa: ANN401 -- UserTypeTypeDef
    values = {attribute["Name"]: attribute.get("Value", "") for attribute in user["Attributes"]}
    return SignIn(
        id=values["sub"],
        email=values["email"],
        name=values.get("name", values["email"]),
        enabled=user.get("Enabled", True),
    )
