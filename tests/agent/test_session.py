"""
Tests for L{acsgw.agent.local.session} and L{acsgw.agent.local.connector}.
"""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from acsgw.agent.local.connector import LocalAgentConnector
from acsgw.agent.local.speech import (
    ISpeechToText,
    ITextToSpeech,
    IVoiceDetector,
    IVoiceDetectors,
    IWorkers,
    Speech,
)
from acsgw.errors import SpeechUnavailable
from acsgw.interfaces import IAgentConnector, IVoiceAgent, PlayState, TransferKind
from acsgw.testing.agent_events import RecordingEvents
from acsgw.testing.local_speech import (
    CHARACTER_MS,
    FakeDetector,
    FakeDetectors,
    FakeEars,
    FakeVoice,
    FakeWorkers,
    silence,
    speech,
)

from . import agent_contract
from .small_dialogue import small_script

#: What the agent adds to each sentence.
PAUSE_MS = 200


def length_ms(sentence: str) -> int:
    return len(sentence) * CHARACTER_MS + PAUSE_MS


class Stage:
    """
    A connector with fakes all around it.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.workers = FakeWorkers()
        self.voice = FakeVoice()
        self.ears = FakeEars()
        self.detectors = FakeDetectors()
        self.connector = LocalAgentConnector(
            clock,
            clock.seconds,
            self.workers,
            Speech(voice=self.voice, ears=self.ears, detectors=self.detectors),
            small_script(),
        )

    def say(self, agent: IVoiceAgent, text: str, ms: int = 640) -> None:
        """
        The caller says something, and is silent for long enough.
        """
        self.ears.next.append(text)
        self.hear(agent, speech(ms))
        self.hear(agent, silence(640))

    def hear(self, agent: IVoiceAgent, pcm: bytes) -> None:
        """
        Audio arrives in frames of 20 ms, in real time.
        """
        for start in range(0, len(pcm), 640):
            agent.caller_audio(pcm[start : start + 640], 0)
            self.clock.advance(0.02)


class LocalAgentContractTests(agent_contract.AgentContract):
    """
    L{LocalAgentConnector} behaves as every connector does.
    """

    def make(self, clock: Clock) -> IAgentConnector:
        self.stage = Stage(clock)
        self.stage.connector.startService()
        return self.stage.connector

    def speak(self, agent: IVoiceAgent) -> None:
        self.stage.clock.advance(0)  # it greets

    def interrupt(self, agent: IVoiceAgent) -> None:
        self.stage.say(agent, "hours")

    def end(self, agent: IVoiceAgent) -> None:
        self.stage.say(agent, "goodbye")

    def assertOver(self) -> None:
        super().assertOver()
        self.assertEqual(self.stage.detectors.taken, 0)


class FakeSpeechTests(SynchronousTestCase):
    """
    The fakes are what they pretend to be.
    """

    def test_interfaces(self) -> None:
        """
        Each fake provides its interface.
        """
        stage = Stage(Clock())
        self.assertTrue(verifyObject(IWorkers, stage.workers))
        self.assertTrue(verifyObject(ITextToSpeech, stage.voice))
        self.assertTrue(verifyObject(ISpeechToText, stage.ears))
        self.assertTrue(verifyObject(IVoiceDetectors, stage.detectors))
        self.assertTrue(verifyObject(IVoiceDetector, FakeDetector()))


class ConversationTestCase(SynchronousTestCase):
    """
    A conversation that is ready, and in which the agent has just greeted.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.stage = Stage(self.clock)
        self.stage.connector.startService()
        self.events = RecordingEvents()
        self.agent = self.stage.connector.open(agent_contract.call_info(), self.events)
        self.clock.advance(0)

    def tearDown(self) -> None:
        self.assertEqual(self.events.broken_promises(), [])
        self.agent.close("end of test")
        self.assertEqual(self.events.names()[-1], "finished")
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.stage.detectors.taken, 0)

    def say(self, text: str, ms: int = 640) -> None:
        self.stage.say(self.agent, text, ms)

    def press(self, keys: str) -> None:
        for key in keys:
            self.agent.dtmf(key, 0)

    def let_speak(self) -> None:
        """
        Time passes in small steps until the agent has been heard to its end.
        """
        for _ in range(100):
            self.clock.advance(0.05)

    def said_since(self, count: int) -> list[str]:
        return self.events.said("agent")[count:]


class SpeakingTests(ConversationTestCase):
    """
    The agent speaks.
    """

    def test_greets(self) -> None:
        """
        The agent greets when it is ready: transcript, audio in pieces of 200 ms,
        end of utterance.
        """
        self.assertEqual(
            self.events.names(),
            ["ready", "transcript", "agent_audio", "utterance_end"],
        )
        self.assertEqual(self.events.said("agent"), ["welcome to Acme"])
        pieces = [len(pcm) for pcm, _, _ in self.events.all_of("agent_audio")]
        self.assertEqual(sum(pieces), length_ms("welcome to Acme") * 32)
        self.assertEqual(max(pieces), 200 * 32)

    def test_sentence_by_sentence(self) -> None:
        """
        The next sentence is spoken shortly before the one before it has been
        heard, and not earlier.
        """
        self.let_speak()
        self.say("hours")
        self.assertEqual(self.said_since(1), ["open all day."])
        self.clock.advance(length_ms("open all day.") / 1000 - 0.7)
        self.assertEqual(self.said_since(1), ["open all day."])
        self.clock.advance(0.3)
        self.assertEqual(self.said_since(1), ["open all day.", "anything_else"])

    def test_played_sooner(self) -> None:
        """
        The gateway's report that a sentence is done is as good as time.
        """
        self.let_speak()
        self.say("hours")
        [*_, (_, utterance, _)] = self.events.all_of("agent_audio")
        self.agent.played(utterance, 850, PlayState.DONE)
        self.assertEqual(self.said_since(1), ["open all day.", "anything_else"])

    def test_variables(self) -> None:
        """
        Variables of the call can be a part of what is said.
        """
        events = RecordingEvents()
        call = agent_contract.call_info("call-2", customerName="Ann")
        agent = self.stage.connector.open(call, events)
        self.clock.advance(0)
        self.assertEqual(events.said("agent"), ["hello Ann"])
        agent.close("end")

    def test_voice_fails(self) -> None:
        """
        An agent that cannot speak any more has failed.
        """
        self.let_speak()
        self.stage.voice.broken = RuntimeError("hoarse")
        self.say("hours")
        self.assertEqual(self.events.names()[-2:], ["failed", "finished"])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)


class HearingTests(ConversationTestCase):
    """
    The caller speaks.
    """

    def test_understands(self) -> None:
        """
        What the caller said is told, and answered.
        """
        self.let_speak()
        self.say("Hours, please.")
        self.assertEqual(self.events.said("caller"), ["Hours, please."])
        self.assertEqual(self.said_since(1), ["open all day."])
        self.assertEqual(self.events.all_of("flush"), [])

    def test_barge_in(self) -> None:
        """
        Speech of 256 ms silences the agent at once, and is then answered.
        """
        self.stage.ears.next.append("hours")
        self.stage.hear(self.agent, speech(240))
        self.assertEqual(self.events.all_of("flush"), [])
        self.stage.hear(self.agent, speech(40))
        self.assertEqual(self.events.all_of("flush"), [1])
        self.stage.hear(self.agent, silence(640))
        self.assertEqual(self.said_since(1), ["open all day."])
        *_, (_, _, generation) = self.events.all_of("agent_audio")
        self.assertEqual(generation, 1)

    def test_rest_is_not_said(self) -> None:
        """
        After an interruption the sentences that were to follow are forgotten.
        """
        self.let_speak()
        self.say("hours")
        self.say("order")
        self.let_speak()
        self.assertEqual(self.said_since(1), ["open all day.", "ask_number"])

    def test_mhm(self) -> None:
        """
        A short sound does not interrupt, and is not answered.
        """
        self.stage.hear(self.agent, speech(160))
        self.stage.hear(self.agent, silence(540))
        self.assertEqual(self.events.all_of("flush"), [])
        self.assertEqual(self.stage.ears.heard, [])

    def test_agent_begins_over_the_caller(self) -> None:
        """
        When the agent begins to speak while the caller does, what the caller says
        is heard all the same, and silences the agent.
        """
        self.let_speak()
        self.say("agent")
        self.let_speak()
        request = self.events.all_of("transfer")[0]
        self.stage.ears.next.append("hours")
        self.stage.hear(self.agent, speech(640))
        self.agent.transfer_result(request.request_id, False, "busy")
        flushes = len(self.events.all_of("flush"))
        self.stage.hear(self.agent, silence(640))
        self.assertEqual(self.events.said("caller")[-1], "hours")
        self.assertEqual(len(self.events.all_of("flush")), flushes + 1)

    def test_no_barge_in_after_the_end(self) -> None:
        """
        When all has been heard there is nothing to interrupt: neither by the
        report of the gateway nor by time.
        """
        self.agent.played("s1", 950, PlayState.DONE)
        self.say("hours")
        self.assertEqual(self.events.all_of("flush"), [])
        self.let_speak()
        self.say("hours")
        self.assertEqual(self.events.all_of("flush"), [])

    def test_reported_late(self) -> None:
        """
        If the gateway says that a sentence begins only now, it can still be
        interrupted when the guess says that it is over.
        """
        self.clock.advance(1.6)
        self.agent.played("s1", 0, PlayState.STARTED)
        self.clock.advance(0.5)
        self.say("hours")
        self.assertEqual(self.events.all_of("flush"), [1])

    def test_noise(self) -> None:
        """
        Sounds without words are not worth a word.
        """
        self.let_speak()
        self.say("")
        self.assertEqual(self.events.said("caller"), [])
        self.assertEqual(self.said_since(1), [])

    def test_noise_that_interrupted(self) -> None:
        """
        Noise that has silenced the agent is not understood: it must go on.
        """
        self.say("")
        self.assertEqual(self.said_since(1), ["not_understood"])

    def test_goes_on_speaking(self) -> None:
        """
        When the caller goes on before the answer is there, both parts are
        answered together.
        """
        self.let_speak()
        self.stage.workers.busy = True
        self.say("I have an")
        self.stage.ears.next.append("order")
        self.stage.hear(self.agent, speech(320))
        self.stage.workers.work()
        self.assertEqual(self.said_since(1), [])
        self.stage.hear(self.agent, silence(640))
        self.stage.workers.work()
        self.stage.workers.busy = False
        self.assertEqual(self.events.said("caller"), ["I have an", "order"])
        self.stage.workers.work()
        self.assertEqual(self.said_since(1), ["ask_number"])

    def test_too_late(self) -> None:
        """
        Words that are understood after the end are ignored.
        """
        self.let_speak()
        self.stage.workers.busy = True
        self.say("hours")
        self.agent.close("end")
        before = list(self.events.log)
        self.stage.workers.work()
        self.assertEqual(self.events.log, before)

    def test_ears_fail(self) -> None:
        """
        If understanding fails the call goes on: the caller can say it again.
        """
        self.let_speak()
        self.stage.ears.broken = ValueError("deaf")
        self.say("hours")
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.stage.ears.broken = None
        self.say("hours")
        self.assertEqual(self.said_since(1), ["open all day."])

    def test_one_utterance_at_a_time(self) -> None:
        """
        Not more utterances are understood at a time than the ears can.
        """
        other = self.stage.connector.open(
            agent_contract.call_info("call-2"), RecordingEvents()
        )
        self.let_speak()
        self.stage.workers.busy = True
        self.say("hours")
        self.stage.say(other, "hours")
        self.assertEqual(self.stage.workers.waiting(), 1)
        other.close("end")
        self.stage.workers.work()
        self.stage.workers.busy = False
        self.stage.workers.work()
        self.assertEqual(self.said_since(1), ["open all day."])


class KeyTests(ConversationTestCase):
    """
    The caller presses keys.
    """

    def test_hash(self) -> None:
        """
        Digits up to the hash key are a number.
        """
        self.let_speak()
        self.press("512#")
        self.assertEqual(self.said_since(1), ["confirm_number 5 1 2"])
        self.assertEqual(self.events.all_of("flush"), [])

    def test_pause(self) -> None:
        """
        So are digits before a pause.
        """
        self.let_speak()
        self.press("51")
        self.clock.advance(1.9)
        self.press("2")
        self.clock.advance(1.9)
        self.assertEqual(self.said_since(1), [])
        self.clock.advance(0.1)
        self.assertEqual(self.said_since(1), ["confirm_number 5 1 2"])

    def test_interrupts(self) -> None:
        """
        The first key silences the agent, the others have nothing to silence.
        """
        self.press("512#")
        self.assertEqual(self.events.all_of("flush"), [1])

    def test_secret(self) -> None:
        """
        Keys are in no event: they may be part of a secret.
        """
        self.let_speak()
        self.press("907")
        self.assertNotIn("907", repr(self.events.log))

    def test_then_speech(self) -> None:
        """
        The agent does not talk over a caller who speaks after a key: it waits for
        the end, and what was said is understood.
        """
        self.let_speak()
        self.press("5")
        self.clock.advance(1)
        self.say("hours", ms=2000)
        self.assertEqual(self.events.said("caller"), ["hours"])
        self.assertEqual(self.said_since(1)[0], "open all day.")

    def test_then_noise(self) -> None:
        """
        Noise while keys are pressed is not an answer.
        """
        self.press("51")
        self.say("")
        self.assertEqual(self.said_since(1), [])


class EndTests(ConversationTestCase):
    """
    The conversation ends, or should.
    """

    def test_goodbye(self) -> None:
        """
        The goodbye is handed over before the end is told, with the variables.
        """
        self.let_speak()
        self.say("goodbye")
        names = self.events.names()
        self.assertEqual(
            names[-4:], ["agent_audio", "utterance_end", "ended", "finished"]
        )
        self.assertEqual(
            self.events.all_of("ended"),
            [("completed", {"intent": "bye", "outcome": "completed"})],
        )

    def test_silence(self) -> None:
        """
        After 5 s of silence the agent asks, twice, and then says goodbye.
        """
        self.clock.advance(length_ms("welcome to Acme") / 1000)
        told: list[str] = []
        for _ in range(60):
            self.clock.advance(0.5)
            told = self.said_since(1)
        self.assertEqual(
            told,
            ["still_there", "ask_wish", "still_there", "ask_wish", "goodbye_silent"],
        )
        [(reason, _)] = self.events.all_of("ended")
        self.assertEqual(reason, "no input")

    def test_silence_counts_from_the_end(self) -> None:
        """
        The silence begins when the agent has been heard, or the caller stopped.
        """
        self.clock.advance(5.0)
        self.assertEqual(self.said_since(1), [])
        self.stage.hear(self.agent, speech(320))
        self.stage.hear(self.agent, silence(540))
        for _ in range(48):
            self.clock.advance(0.1)
        self.assertEqual(self.said_since(1), [])
        for _ in range(3):
            self.clock.advance(0.1)
        self.assertEqual(self.said_since(1), ["still_there"])

    def test_long_speech_is_not_silence(self) -> None:
        """
        A caller who speaks for long is not asked whether they are there.
        """
        self.let_speak()
        self.stage.hear(self.agent, speech(10_000))
        self.assertEqual(self.said_since(1), [])

    def test_transfer(self) -> None:
        """
        The transfer is asked for after the announcement, with the variables;
        when it worked the conversation is over.
        """
        self.let_speak()
        self.say("agent")
        [request] = self.events.all_of("transfer")
        self.assertEqual(self.events.names()[-2:], ["utterance_end", "transfer"])
        self.assertEqual(self.said_since(1), ["transfer"])
        self.assertEqual(request.kind, TransferKind.AGENT)
        self.assertEqual(
            request.variables, {"intent": "human", "outcome": "transferred"}
        )
        self.agent.transfer_result(request.request_id, True, "")
        self.assertEqual(self.events.names()[-1], "finished")

    def test_waits_for_transfer(self) -> None:
        """
        While the transfer is under way the agent neither listens nor gets bored.
        """
        self.let_speak()
        self.say("agent")
        count = len(self.events.log)
        self.say("order")
        self.press("512#")
        self.clock.advance(60)
        self.assertEqual(self.events.log[count:], [])

    def test_transfer_fails(self) -> None:
        """
        When the transfer failed the agent apologizes and goes on, and may ask
        for another.
        """
        self.let_speak()
        self.say("agent")
        [first] = self.events.all_of("transfer")
        self.agent.transfer_result("another", False, "busy")
        self.let_speak()
        self.assertEqual(self.said_since(2), [])
        self.agent.transfer_result(first.request_id, False, "busy")
        self.let_speak()
        self.assertEqual(self.said_since(2), ["transfer_failed", "anything_else"])
        self.say("agent")
        second = self.events.all_of("transfer")[1]
        self.assertNotEqual(first.request_id, second.request_id)


class ConnectorTests(SynchronousTestCase):
    """
    Tests for L{LocalAgentConnector} as a service.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.stage = Stage(self.clock)
        self.connector = self.stage.connector
        self.events = RecordingEvents()

    def open(self) -> None:
        self.connector.open(agent_contract.call_info(), self.events)
        self.clock.advance(0)

    def test_loads(self) -> None:
        """
        The libraries are loaded when the service starts, in other threads.
        """
        self.stage.workers.busy = True
        self.connector.startService()
        self.assertFalse(self.stage.ears.loaded)
        warm = self.connector.warm()
        while self.stage.workers.waiting():
            self.assertNoResult(warm)
            self.stage.workers.work()
        self.successResultOf(warm)
        self.assertTrue(self.stage.ears.loaded)
        self.successResultOf(self.connector.warm())

    def test_early_call(self) -> None:
        """
        A call that comes while they are loaded waits.
        """
        self.stage.workers.busy = True
        self.connector.startService()
        self.open()
        self.assertEqual(self.events.log, [])
        self.stage.workers.busy = False
        while self.stage.workers.waiting():
            self.stage.workers.work()
        self.assertEqual(self.events.names()[0], "ready")

    def test_broken(self) -> None:
        """
        If a library cannot be loaded, calls are refused with the reason.
        """
        self.stage.ears.broken = SpeechUnavailable("no ears")
        self.connector.startService()
        self.failureResultOf(self.connector.warm(), SpeechUnavailable)
        self.open()
        self.assertEqual(self.events.log, [("refused", "no ears"), ("finished", None)])

    def test_bug_while_loading(self) -> None:
        """
        What nobody expected while loading is logged, and not told to the caller.
        """
        self.stage.ears.broken = ZeroDivisionError("secret")
        self.connector.startService()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.open()
        [reason] = self.events.all_of("refused")
        self.assertNotIn("secret", reason)

    def test_not_running(self) -> None:
        """
        Before it is started and after it is stopped, calls are refused.
        """
        self.open()
        self.assertEqual(self.events.names(), ["refused", "finished"])
        self.connector.startService()
        self.successResultOf(self.connector.stopService())
        self.events.log.clear()
        self.open()
        self.assertEqual(self.events.names(), ["refused", "finished"])

    def test_stops(self) -> None:
        """
        Stopping ends the conversations and waits for the work that is going on.
        """
        self.connector.startService()
        self.open()
        self.stage.workers.busy = True
        agent = self.connector.open(
            agent_contract.call_info("call-2"), RecordingEvents()
        )
        self.clock.advance(0)
        self.assertEqual(self.stage.workers.waiting(), 1)
        stopping = self.connector.stopService()
        self.assertEqual(self.events.names()[-1], "finished")
        self.assertNoResult(stopping)
        self.stage.workers.work()
        self.successResultOf(stopping)
        self.assertFalse(self.stage.ears.loaded)
        self.assertEqual(self.stage.detectors.taken, 0)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        agent.close("again")

    def test_stops_while_loading(self) -> None:
        """
        What was loaded for a service that has stopped does not make the next
        start warm.
        """
        self.stage.workers.busy = True
        self.connector.startService()
        stopping = self.connector.stopService()
        while self.stage.workers.waiting():
            self.stage.workers.work()
        self.successResultOf(stopping)
        self.connector.startService()
        self.assertNoResult(self.connector.warm())

    def test_restarts(self) -> None:
        """
        A stopped connector can be started again.
        """
        self.connector.startService()
        self.successResultOf(self.connector.stopService())
        self.connector.startService()
        self.open()
        self.assertEqual(self.events.names()[0], "ready")
