"""The user pool in memory, as far as the API looks into it."""

from stowage.domain.onboarding import SignIn


class FakeSignIns:
    """What of port `SignIns` looks people up; `users` are by e-mail address."""

    def __init__(self) -> None:
        self.users: dict[str, SignIn] = {}

    def find(self, email: str) -> SignIn | None:
        """Give the user with this e-mail, or None."""
        return self.users.get(email)
