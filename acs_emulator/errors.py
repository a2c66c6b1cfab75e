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

    @ivar problem: the same, without the words of the answer.
    """

    def __init__(self, problem: str, answer: str = "") -> None:
        super().__init__(f"{problem}: {answer}" if answer else problem)
        self.problem = problem


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
    @ivar problems: what the contract calls wrong about the request, one by one;
        none, if its only fault is to come at the wrong time.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        problems: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.problems = tuple(problems)

    def body(self) -> dict[str, object]:
        """
        @return: the error as the REST API words it.
        """
        return {"error": {"code": self.code, "message": self.message}}


def denied(reason: str) -> Refusal:
    """
    Nothing about the reason goes to the peer.
    """
    message = "Denied by the resource provider."
    return Refusal(401, "Denied", message, problems=[reason])


def bad_request(message: str, problems: Sequence[str] | None = None) -> Refusal:
    """
    The body, the query or a header is wrong.

    @param problems: one by one; left out: the message is the only one.
    """
    found = [message] if problems is None else problems
    return Refusal(400, "BadRequest", message, problems=found)


def no_such_operation(
    status: int = 404, message: str = "There is no such operation."
) -> Refusal:
    """
    The method or the path is wrong.
    """
    code = "MethodNotAllowed" if status == 405 else "NotFound"
    return Refusal(status, code, message, problems=[message])


def wrong_body(problems: Sequence[str]) -> Refusal:
    """
    The body does not have the right form; what the emulator cannot do is no fault
    of who asks for it.
    """
    faults = [text for text in problems if not text.endswith("is not emulated yet")]
    return bad_request("; ".join(problems) + ".", faults)


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
