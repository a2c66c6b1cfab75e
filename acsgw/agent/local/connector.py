"""
Where conversations with the embedded agent start.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredSemaphore, fail, succeed
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from ...errors import SettingsError, SpeechUnavailable
from ...interfaces import AgentEvents, CallInfo, IAgentConnector, IVoiceAgent
from .detectors import SileroDetectors
from .dialogue_file import OWN_DIALOGUE, read_dialogue
from .ears import MoonshineEars
from .script import Script
from .session import LocalConversation, Surroundings
from .speech import RATE, IWorkers, Speech
from .voice import EspeakVoice
from .workers import ThreadWorkers

#: Voice detectors that wait for calls from the beginning.
DETECTORS_READY = 4


@implementer(IAgentConnector)
class LocalAgentConnector(Service):
    """
    L{IAgentConnector} and service: loads the speech libraries when it starts.

    A call that comes before they are loaded waits for them.
    """

    caller_rate = RATE
    encoding = "pcm16"
    agent_rate = RATE
    hears_early = True
    hears_transfer_results = True

    _log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        monotonic: Callable[[], float],
        workers: IWorkers,
        speech: Speech,
        script: Script,
    ) -> None:
        self._workers = workers
        self._speech = speech
        self._around = Surroundings(
            clock=clock,
            monotonic=monotonic,
            workers=workers,
            speech=speech,
            script=script,
            turns=DeferredSemaphore(speech.ears.at_once),
            warm=self.warm,
        )
        self._conversations: set[LocalConversation] = set()
        self._is_warm = False
        self._broken: SpeechUnavailable | None = SpeechUnavailable(
            "the local agent is not running"
        )
        self._waiting: list[Deferred[None]] = []

    def startService(self) -> None:
        super().startService()
        self._broken = None
        self._workers.start()
        d = Deferred.fromCoroutine(self._load())
        d.addCallbacks(self._loaded, self._not_loaded)

    def stopService(self) -> Deferred[None]:
        """
        @return: fires when no conversation and no thread is left.
        """
        super().stopService()
        for conversation in list(self._conversations):
            conversation.close("the gateway stops")
        self._is_warm = False
        self._tell(SpeechUnavailable("the local agent has been stopped"))
        return self._workers.stop().addCallback(self._unload)

    def warm(self) -> Deferred[None]:
        """
        @return: fires when calls can be taken without delay; fails with
            L{SpeechUnavailable} if they cannot be taken at all.
        """
        if self._broken is not None:
            return fail(self._broken)
        if self._is_warm:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def not_ready(self) -> str | None:
        """
        See L{IAgentConnector.not_ready}.
        """
        if self._broken is not None:
            return str(self._broken)
        return None if self._is_warm else "the speech models are being loaded"

    def open(self, call: CallInfo, events: AgentEvents) -> IVoiceAgent:
        """
        See L{IAgentConnector.open}.
        """
        conversation = LocalConversation(
            call, events, self._around, self._conversations.discard
        )
        self._conversations.add(conversation)
        return conversation

    async def _load(self) -> None:
        # All at once: they do not wait for each other.
        loading = [
            self._workers.run(library.load)
            for library in (
                self._speech.ears,
                self._speech.voice,
                self._speech.detectors,
            )
        ]
        problem: Failure | None = None
        for library in loading:
            try:
                await library
            except Exception:
                problem = problem or Failure()
        if problem is not None:
            problem.raiseException()

    def _loaded(self, result: None) -> None:
        if self.running:
            self._is_warm = True
            self._tell(None)
            self._log.info("the local agent is ready")

    def _not_loaded(self, failure: Failure) -> None:
        if failure.check(SpeechUnavailable):
            self._log.error("the local agent: {error}", error=failure.value)
            self._tell(SpeechUnavailable(str(failure.value)))
        else:
            self._log.failure("the local agent cannot be loaded", failure)
            self._tell(SpeechUnavailable("the speech libraries cannot be loaded"))

    def _tell(self, broken: SpeechUnavailable | None) -> None:
        self._broken = broken
        waiting, self._waiting = self._waiting, []
        for d in waiting:
            if broken is None:
                d.callback(None)
            else:
                d.errback(broken)

    def _unload(self, result: None) -> None:
        self._speech.ears.unload()


def build_local_agent(
    reactor: IReactorTime, dialogue_path: Path | None = None, threads: int = 2
) -> LocalAgentConnector:
    """
    Put the real thing together.

    @param dialogue_path: a dialogue of your own.

    @param threads: how many callers can be understood at a time.

    @raise SettingsError: with every problem of the dialogue.

    @raise SpeechUnavailable: a library is missing or broken; says what to do.
    """
    path = dialogue_path or OWN_DIALOGUE
    script = read_dialogue(path)
    voice = EspeakVoice(script.voice)
    ears = MoonshineEars(threads)
    detectors = SileroDetectors(DETECTORS_READY)
    ears.check()
    detectors.check()
    if not voice.exists():
        name = script.voice.name
        raise SettingsError([f"{path}: voice.name: espeak-ng has no voice {name!r}"])
    return LocalAgentConnector(
        reactor,
        time.monotonic,
        # One more than the ears take: the voice never waits for them.
        ThreadWorkers(IReactorFromThreads(reactor), threads + 1),
        Speech(voice=voice, ears=ears, detectors=detectors),
        script,
    )
