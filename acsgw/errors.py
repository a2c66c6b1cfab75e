"""
Everything acsgw raises on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence


class AcsgwError(Exception):
    """
    Parent of every error that acsgw raises on purpose.
    """


class SettingsError(AcsgwError):
    """
    The settings cannot work; carries every problem found, not just the first.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count > 1 else ''} with the settings:"
        super().__init__("\n".join([head, *(f"  {p}" for p in self.problems)]))


class Draining(AcsgwError):
    """
    This process is stopping and takes no new calls.
    """


class Full(AcsgwError):
    """
    This process has as many calls as it may have.
    """


class CallControlError(AcsgwError):
    """
    The call control service refused or failed a request.
    """


class CallGone(CallControlError):
    """
    The call control service does not know this call (any more).
    """


class MediaProtocolError(AcsgwError):
    """
    The peer sent something that is not the media streaming protocol.

    The text goes to the peer as close reason: keep secrets out of it.
    """


class Unauthorized(AcsgwError):
    """
    The request does not carry the proof that it needs.
    """


class Forbidden(AcsgwError):
    """
    The proof is genuine, but not good for this (any more).
    """


class KeyRingError(AcsgwError):
    """
    The signing keys cannot be had.
    """


class SpeechUnavailable(AcsgwError):
    """
    The local agent's speech libraries cannot be used.
    """


class AzureError(AcsgwError):
    """
    Azure Resource Manager refused or failed a request; the text says the way out.
    """


class NoPermission(AzureError):
    """
    The credential may not do this; the text names the role that may.
    """


class CannotProvision(AcsgwError):
    """
    Azure cannot be set up like this; the text says the way out.
    """


class AgentRefused(AcsgwError):
    """
    A voice agent cannot be reached, or does not take the call.

    @ivar retryable: may it go better another time?
    """

    def __init__(self, text: str, *, retryable: bool) -> None:
        super().__init__(text)
        self.retryable = retryable


class StoreFailed(AcsgwError):
    """
    An object store refused or failed a request.

    @ivar lasting: does it take somebody to put it right?  The text says how.
    """

    def __init__(self, text: str, *, lasting: bool) -> None:
        super().__init__(text)
        self.lasting = lasting


class UploadStopped(AcsgwError):
    """
    This process is stopping; the next one uploads the recording.
    """
