"""
Everything the emulator raises on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model.callbacks import Result


class EmulatorError(Exception):
    """
    Parent of every error that the emulator raises on purpose.
    """


class _Problems(EmulatorError):
    """
    Several things are wrong; carries every one of them, not just the first.
    """

    about = "input"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count > 1 else ''} with the {self.about}:"
        super().__init__("\n".join([head, *(f"  {p}" for p in self.problems)]))


class SettingsError(_Problems):
    """
    The settings cannot work.
    """

    about = "settings"


class BadScript(_Problems):
    """
    A caller cannot follow this script.
    """

    about = "caller's script"


class BadSubscription(_Problems):
    """
    Event Grid would not create a subscription like this.
    """

    about = "subscription"


class BadFault(_Problems):
    """
    No such fault can be ordered.
    """

    about = "fault"


class BadScenario(_Problems):
    """
    A scenario file does not say what to do, or what to expect.
    """

    about = "scenario"


class NoVoice(EmulatorError):
    """
    Text cannot be spoken here; the text says what to install.
    """


class BadWav(EmulatorError):
    """
    A recording cannot be played; the text names the file and what is wrong.
    """


class BadAuthority(EmulatorError):
    """
    The files of the local certificate authority cannot be used; the text names
    them and the way out.
    """


class BadCall(EmulatorError):
    """
    A call cannot be placed as it was asked for.
    """


class NobodyListens(EmulatorError):
    """
    A call was placed, but no active subscription's filters match it.
    """


class NoSuchCall(EmulatorError):
    """
    The control API was asked about a call that there is not.
    """


class HandshakeFailed(EmulatorError):
    """
    An endpoint did not prove that it wants the events; the text says what it
    answered instead.
    """


class NoAnswer(EmulatorError):
    """
    An HTTP exchange came to nothing: refused, reset or too slow.

    @ivar outcome: the same, in Event Grid's words.
    """

    def __init__(self, text: str, outcome: str = "SocketError") -> None:
        super().__init__(text)
        self.outcome = outcome


class Refusal(EmulatorError):
    """
    A REST request is answered with an error.

    @ivar status: HTTP status.
    @ivar code: C{error.code} of the body.
    @ivar headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        """
        @return: the error as the REST API words it.
        """
        return {"error": {"code": self.code, "message": self.message}}


def denied() -> Refusal:
    """
    Nothing about the reason goes to the peer.
    """
    return Refusal(401, "Denied", "Denied by the resource provider.")


def bad_request(message: str) -> Refusal:
    """
    The body, the query or a header is wrong.
    """
    return Refusal(400, "BadRequest", message)


def wrong_state(message: str) -> Refusal:
    """
    The call is not in a state for this.  Microsoft does not document the code.
    """
    return Refusal(400, "8501", message)


def call_not_found() -> Refusal:
    """
    There is no such call, or it has ended.
    """
    return Refusal(404, "8522", "Call not found, or call already terminated.")


class SpeechMissing(EmulatorError):
    """
    The local voice or the local ears cannot be used; the text says how to get
    them.
    """


class CannotPlay(EmulatorError):
    """
    A play source cannot be played.

    @ivar result: how the application is told.
    """

    def __init__(self, result: Result) -> None:
        super().__init__(result.message)
        self.result = result


def media_conflict() -> Refusal:
    """
    Something is being played or recognized.  The code is the one that public
    samples look for; Microsoft does not document it.
    """
    return Refusal(400, "8500", "Another media operation is in progress.")


def recording_not_found() -> Refusal:
    """
    There is no such recording, or it was stopped.
    """
    return Refusal(404, "8522", "Recording not found.")
