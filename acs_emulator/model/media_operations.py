"""
Media operations that were asked for, and what is to be done about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .callbacks import Result
from .identifiers import participant_in
from .prompts import PlaySource, play_source
from .recognition import RecognizeOptions, recognize_options


@dataclass(frozen=True, kw_only=True)
class MediaOperation:
    """
    What C{:play} or C{:recognize} asked for.

    @ivar number: tells operations of a connection apart.
    @ivar to: raw ids of those who hear it; empty: everybody.
    @ivar recognize: L{None} for C{:play}.
    @ivar callback_url: L{None}: that of the connection.
    """

    number: int
    sources: tuple[PlaySource, ...]
    to: frozenset[str] = frozenset()
    loop: bool = False
    interrupt: bool = False
    recognize: RecognizeOptions | None = None
    operation_context: str | None = None
    callback_url: str | None = field(repr=False, default=None)

    @property
    def verb(self) -> str:
        """
        With which word its events begin.
        """
        return "Play" if self.recognize is None else "Recognize"


@dataclass(frozen=True, kw_only=True)
class ToneRequest:
    """
    What C{:sendDtmfTones} or a start or stop of continuous recognition asked for.

    @ivar target: raw id of the participant whose keys these are.
    @ivar keys: to be sent.
    """

    target: str
    keys: str = ""
    operation_context: str | None = None
    callback_url: str | None = field(repr=False, default=None)


def play_operation(number: int, body: Mapping[str, Any]) -> MediaOperation:
    """
    @param body: a C{PlayRequest}, already checked.
    """
    return MediaOperation(
        number=number,
        sources=tuple(play_source(source) for source in body["playSources"]),
        to=frozenset(participant_in(person) for person in body.get("playTo") or ()),
        loop=bool((body.get("playOptions") or {}).get("loop")),
        interrupt=bool(body.get("interruptCallMediaOperation")),
        operation_context=body.get("operationContext"),
        callback_url=body.get("operationCallbackUri"),
    )


def recognize_operation(number: int, body: Mapping[str, Any]) -> MediaOperation:
    """
    @param body: a C{RecognizeRequest}, already checked.
    """
    prompt = body.get("playPrompt")
    prompts = body.get("playPrompts") or ([] if prompt is None else [prompt])
    return MediaOperation(
        number=number,
        sources=tuple(play_source(source) for source in prompts),
        to=frozenset([participant_in(body["recognizeOptions"]["targetParticipant"])]),
        interrupt=bool(body.get("interruptCallMediaOperation")),
        recognize=recognize_options(
            body["recognizeInputType"], body["recognizeOptions"]
        ),
        operation_context=body.get("operationContext"),
        callback_url=body.get("operationCallbackUri"),
    )


@dataclass(frozen=True)
class Load:
    """Fetch the sources; answer with C{loaded} or C{load_failed}."""

    operation: MediaOperation


@dataclass(frozen=True)
class Drop:
    """The sources are not needed any more."""

    number: int


@dataclass(frozen=True)
class Understand:
    """Write down the last C{frames} frames said; answer C{understood}."""

    number: int
    frames: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """Tell the application."""

    kind: str
    result: Result
    operation_context: str | None = None
    callback_url: str | None = field(repr=False, default=None)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Remark:
    """A line for the story."""

    what: str
    text: str


MediaAction = Load | Drop | Understand | Report | Remark


@dataclass(frozen=True)
class Heard:
    """
    What the service makes the phones hear in one tick.

    @ivar prompt: number of an operation, index of its source, index of the frame.
    @ivar to: raw ids of those who hear the prompt; empty: everybody.
    @ivar tone: raw id of who hears it, a key, and which frame of its tone.
    """

    prompt: tuple[int, int, int] | None = None
    to: frozenset[str] = frozenset()
    tone: tuple[str, str, int] | None = None
