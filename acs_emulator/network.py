"""
What a call is given: the network that it runs on, and what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twisted.internet.interfaces import IReactorTime

from .fronts.media_client import MediaConnector
from .fronts.notifier import Notifier
from .handset import Clip, Recorder
from .leg_media import Studio
from .metronome import Metronome
from .model.actions import Timings
from .model.caller_script import Script
from .model.contexts import IncomingCallContexts
from .model.report import Report
from .model.tokens import Issuer
from .phone_book import PhoneBook
from .topic import Topic


@dataclass(frozen=True, kw_only=True)
class Network:
    """
    What every call needs of the world.

    @ivar failing: numbers to which transfers fail.
    @ivar studio: prompts and ears.
    @ivar phones: what is known of the phones out there.
    @ivar report: what applications did wrong.
    @ivar broken_after_failure: does a failed transfer leave the call unusable?
    @ivar silent_after_redirect: is the answer to a call that was redirected
        accepted, with nothing to follow?
    @ivar page_size: participants that are listed at once; L{None}: all.
    """

    clock: IReactorTime
    new_id: Callable[[], str]
    metronome: Metronome
    topic: Topic
    notifier: Notifier
    connector: MediaConnector
    issuer: Issuer
    contexts: IncomingCallContexts
    timings: Timings
    failing: frozenset[str]
    studio: Studio
    phones: PhoneBook
    report: Report
    broken_after_failure: bool = False
    silent_after_redirect: bool = False
    page_size: int | None = None

    def __post_init__(self) -> None:
        # What has arrived before a tick is heard in it.
        self.metronome.surround(self.connector.begin_beat, self.connector.end_beat)


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """
    A call that somebody wants to be placed; checked.

    @ivar caller: raw id.
    @ivar callee: raw id.
    @ivar clips: all that the script says, by path.
    @ivar failing: numbers to which transfers of this call fail.
    @ivar heard: where to write what the caller hears.
    """

    caller: str
    callee: str
    voip_headers: dict[str, str] | None = field(repr=False, default=None)
    script: Script
    clips: Mapping[str, Clip] = field(repr=False)
    heard: str | None = None
    new_recorder: Callable[[int], Recorder] | None = None
    failing: frozenset[str] = frozenset()
