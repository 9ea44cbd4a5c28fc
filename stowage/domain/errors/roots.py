"""The trunk of the tree: what is worth repeating, and what is not."""


class StowageError(Exception):
    """Anything that Stowage refuses or fails on purpose; its text is a sentence for a person."""


class RetryableError(StowageError):
    """The same call may succeed in a moment."""


class PermanentError(StowageError):
    """Repeating the same call cannot help."""
