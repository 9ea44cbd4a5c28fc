"""What ends a rotation of access keys, or is met on its way."""

from stowage.domain.errors.roots import PermanentError


class CredentialError(PermanentError):
    """A rotation cannot go on; its text says why."""


class RotationSupersededError(CredentialError):
    """The rotation does not hold the user's credentials any more, or the user is gone or another: it must not act."""


class RotationRefusedError(CredentialError):
    """The rotation may not begin: another one runs, the user is not in use, or has no keys to rotate at all."""


class HandoverNotOpenedError(CredentialError):
    """Nobody opened a handover of the new key in time; the old key stays."""


class UserOffError(CredentialError):
    """The user was switched off, or its access ended, while its new key was being tried: none could be let in."""


class UserMissingError(CredentialError):
    """There is no such IAM user."""


class KeyLimitError(CredentialError):
    """The user has two access keys that Stowage does not know; IAM allows no third."""


class SecretMissingError(CredentialError):
    """The secret is not in the store: it was revealed and deleted, or never written."""
