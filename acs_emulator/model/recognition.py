"""
Recognizing what a caller presses or says: the rules of C{:recognize}.

Options, defaults and codes after "Gather user input with Recognize action" in
the Communication Services docs.  Inferred, because no page says it: keys and
speech during a prompt that may not be interrupted are not taken; a stop tone is
not one of the tones collected; a key that no choice has fails the recognition,
unless no choice has a key at all; without C{maxTonesToCollect}, only a stop tone
completes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import media_results as results
from .callbacks import Result

INITIAL_SILENCE = 5.0
INTER_TONE = 2.0
END_SILENCE = 0.5
#: Speech that goes on longer is taken as it is; not documented.
LONGEST_SPEECH = 60.0
#: Loud for longer than this is speech, not a click.
_ONSET = 0.03


@dataclass(frozen=True)
class Choice:
    """
    @ivar tone: a word such as C{one}.
    """

    label: str
    phrases: tuple[str, ...]
    tone: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecognizeOptions:
    """
    Times are in seconds; tones are words.

    @ivar kind: C{dtmf}, C{choices}, C{speech} or C{speechordtmf}.
    """

    kind: str
    interrupt_prompt: bool = True
    initial_silence: float = INITIAL_SILENCE
    inter_tone: float = INTER_TONE
    max_tones: int | None = None
    stop_tones: frozenset[str] = frozenset()
    choices: tuple[Choice, ...] = ()
    end_silence: float = END_SILENCE

    @property
    def takes_tones(self) -> bool:
        """
        Do keys mean anything?
        """
        if self.kind == "choices":
            return any(choice.tone is not None for choice in self.choices)
        return self.kind != "speech"

    @property
    def takes_speech(self) -> bool:
        """
        Does speech mean anything?
        """
        return self.kind != "dtmf"


def recognize_options(kind: str, given: Mapping[str, Any]) -> RecognizeOptions:
    """
    @param given: C{recognizeOptions} of a request, already checked.
    """
    dtmf = given.get("dtmfOptions") or {}
    speech = given.get("speechOptions") or {}
    interrupt = given.get("interruptPrompt")
    end_ms = speech.get("endSilenceTimeoutInMs")
    return RecognizeOptions(
        kind=kind.lower(),
        interrupt_prompt=True if interrupt is None else interrupt,
        initial_silence=_or(
            given.get("initialSilenceTimeoutInSeconds"), INITIAL_SILENCE
        ),
        inter_tone=_or(dtmf.get("interToneTimeoutInSeconds"), INTER_TONE),
        max_tones=dtmf.get("maxTonesToCollect"),
        stop_tones=frozenset(t.lower() for t in dtmf.get("stopTones") or ()),
        choices=tuple(
            Choice(
                c["label"], tuple(c["phrases"]), (c.get("tone") or "").lower() or None
            )
            for c in given.get("choices") or ()
        ),
        end_silence=END_SILENCE if end_ms is None else end_ms / 1000,
    )


def _or(given: float | None, otherwise: float) -> float:
    return otherwise if given is None else float(given)


@dataclass(frozen=True)
class Outcome:
    """
    @ivar extra: fields of the event beyond those that all have.
    """

    completed: bool
    result: Result
    extra: dict[str, Any] = field(default_factory=dict)


class Recognition:
    """
    One recognition, from its prompt to its end.  Inputs after the end do
    nothing.  Time is given in, in seconds from anywhere.

    @ivar outcome: set at the end.
    @ivar prompting: the prompt is to be played, or to go on.
    @ivar utterance: from when to when there was speech that nobody has
        understood yet.
    """

    def __init__(self, options: RecognizeOptions, now: float, prompting: bool) -> None:
        self._options = options
        self._tones: list[str] = []
        self._deadline: float | None = None
        self._loud_since: float | None = None
        self._spoke_at: float | None = None
        self._last_loud = now
        self.outcome: Outcome | None = None
        self.utterance: tuple[float, float] | None = None
        self.prompting = prompting
        if not prompting:
            self._deadline = now + options.initial_silence

    def prompt_ended(self, now: float) -> None:
        """
        All of the prompt was played.
        """
        if self.prompting:
            self.prompting = False
            self._deadline = now + self._options.initial_silence

    def _deaf(self) -> bool:
        return self.outcome is not None or (
            self.prompting and not self._options.interrupt_prompt
        )

    def press(self, now: float, tone: str) -> None:
        """
        @param tone: a word.
        """
        self.elapsed(now)
        options = self._options
        if self._deaf() or not options.takes_tones:
            return
        self.prompting = False
        self.utterance = self._spoke_at = self._loud_since = None
        if options.kind == "choices":
            self._choose(tone)
        elif tone in options.stop_tones:
            self._collected(results.STOP_TONE)
        else:
            self._tones.append(tone)
            self._deadline = now + options.inter_tone
            if options.max_tones is not None and len(self._tones) >= options.max_tones:
                self._collected(results.MAX_DIGITS)

    def _choose(self, tone: str) -> None:
        for choice in self._options.choices:
            if choice.tone == tone:
                found = {"choiceResult": {"label": choice.label}}
                self._complete("choices", results.TONE_MATCHED, found)
                return
        self.outcome = Outcome(False, results.INCORRECT_TONE)

    def _collected(self, result: Result) -> None:
        self._complete("dtmf", result, {"dtmfResult": {"tones": self._tones}})

    def _complete(self, kind: str, result: Result, found: dict[str, Any]) -> None:
        self.outcome = Outcome(True, result, {"recognitionType": kind, **found})

    def hear(self, now: float, loud: bool) -> None:
        """
        The caller has been loud, or not, since the last time.
        """
        deaf = self._deaf() or not self._options.takes_speech
        if deaf or self._tones or self.utterance is not None:
            return
        if loud:
            self._last_loud = now
            if self._loud_since is None:
                self._loud_since = now
            elif self._spoke_at is None and now - self._loud_since >= _ONSET:
                self._spoke_at = self._loud_since
                self.prompting = False
        elif self._spoke_at is None:
            self._loud_since = None
        if self._spoke_at is not None and (
            now - self._last_loud >= self._options.end_silence
            or now - self._spoke_at >= LONGEST_SPEECH
        ):
            self.utterance = (self._spoke_at, now)
            self._spoke_at = self._loud_since = None

    def understood(self, now: float, text: str) -> None:
        """
        @param text: what the utterance was; empty if it was no speech.
        """
        if self.outcome is not None or self.utterance is None:
            return
        self.utterance = None
        if not text.strip():
            if self._deadline is None:
                self._deadline = now + self._options.initial_silence
            return
        if self._options.kind != "choices":
            self._complete(
                "speech", results.SPEECH_MATCHED, {"speechResult": {"speech": text}}
            )
            return
        match = _matching(self._options.choices, text)
        if match is None:
            self.outcome = Outcome(False, results.SPEECH_NOT_MATCHED)
            return
        label, phrase = match
        found = {"choiceResult": {"label": label, "recognizedPhrase": phrase}}
        self._complete("choices", results.SPEECH_MATCHED, found)

    def elapsed(self, now: float) -> None:
        """
        Time has passed.
        """
        if self.outcome is not None or self.prompting or self._deadline is None:
            return
        if self._spoke_at is not None or self.utterance is not None:
            return
        if now >= self._deadline:
            late = results.INTER_DIGIT if self._tones else results.INITIAL_SILENCE
            self.outcome = Outcome(False, late)


def _words(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.casefold()))


def _matching(choices: tuple[Choice, ...], text: str) -> tuple[str, str] | None:
    """
    @return: label and phrase of the longest phrase that occurs in the text.
    """
    said = f" {_words(text)} "
    found = [
        (len(_words(phrase)), choice.label, phrase)
        for choice in choices
        for phrase in choice.phrases
        if _words(phrase) and f" {_words(phrase)} " in said
    ]
    if not found:
        return None
    _, label, phrase = max(found, key=lambda item: item[0])
    return label, phrase
