"""
What is expected of a call, and whether it happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

#: Counters of which something is expected unless the scenario says otherwise.
USUAL = {"violations": 0}


@dataclass(frozen=True)
class Bounds:
    """
    A number that is neither too small nor too big.
    """

    least: float | None = None
    most: float | None = None

    def hold(self, value: float) -> bool:
        """
        Is the value within?
        """
        low = self.least is not None and value < self.least
        return not low and not (self.most is not None and value > self.most)

    def __str__(self) -> str:
        if self.least == self.most:
            return f"{self.least:g}"
        parts = []
        if self.least is not None:
            parts.append(f"at least {self.least:g}")
        if self.most is not None:
            parts.append(f"at most {self.most:g}")
        return " and ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """
    What is left out is not looked at.

    @ivar outcome: any of these; C{*} stands for any text.
    @ivar story: words in this order; others may stand between them.
    @ivar never: words that must not be in the story.
    @ivar callbacks: kinds that must have been sent, in any order.
    @ivar seconds: from the ring to the end.
    @ivar heard: C{loud} or C{quiet}.
    @ivar heard_words: what the caller must have heard, in any order.
    """

    outcome: tuple[str, ...] = ()
    story: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    callbacks: tuple[str, ...] = ()
    no_callbacks: tuple[str, ...] = ()
    seconds: Bounds = Bounds()
    counters: Mapping[str, Bounds] = field(default_factory=dict)
    heard: str | None = None
    heard_words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """
    What became of a call.

    @ivar call: as the control API tells it.
    @ivar journal: its entries.
    @ivar loud: did the caller hear anything?  L{None}: not known.
    @ivar words: what the caller heard; L{None}: not known.
    """

    call: Mapping[str, Any]
    journal: Sequence[Mapping[str, Any]] = ()
    loud: bool | None = None
    words: str | None = None

    @property
    def story(self) -> list[Mapping[str, Any]]:
        """
        Its lines.
        """
        return list(self.call.get("story", ()))

    @property
    def seconds(self) -> float:
        """
        From the ring to the last line.
        """
        return float(self.story[-1]["seconds"]) if self.story else 0.0

    @property
    def callbacks(self) -> list[str]:
        """
        Kinds, in the order of sending.
        """
        return [
            str(entry["what"]).removeprefix("POST ")
            for entry in self.journal
            if entry["channel"] == "callback" and entry["direction"] == "out"
        ]


def judge(wanted: Expectations, seen: Seen) -> list[str]:
    """
    @return: what did not happen as expected, a sentence each.
    """
    problems = []
    outcome = str(seen.call.get("outcome"))
    if wanted.outcome and not any(fnmatchcase(outcome, w) for w in wanted.outcome):
        expected = " or ".join(map(repr, wanted.outcome))
        problems.append(f"the outcome was {outcome!r}, not {expected}")
    if missing := missing_words(wanted.story, seen.story):
        problems.append("the story lacks, in this order: " + ", ".join(missing))
    told = {line["what"] for line in seen.story}
    problems += [
        f"the story tells of {word!r}" for word in wanted.never if word in told
    ]
    if not wanted.seconds.hold(seen.seconds):
        problems.append(f"it took {seen.seconds:.1f} s, not {wanted.seconds}")
    problems += _callback_problems(wanted, seen)
    problems += _counter_problems(wanted, seen)
    problems += _heard_problems(wanted, seen)
    return problems


def _callback_problems(wanted: Expectations, seen: Seen) -> list[str]:
    sent = seen.callbacks
    problems = [f"no {kind} was sent" for kind in wanted.callbacks if kind not in sent]
    return problems + [f"{k} was sent" for k in wanted.no_callbacks if k in sent]


def _counter_problems(wanted: Expectations, seen: Seen) -> list[str]:
    counters = seen.call.get("counters", {})
    usual = {name: Bounds(value, value) for name, value in USUAL.items()}
    problems = []
    for name, bounds in {**usual, **wanted.counters}.items():
        value = counters.get(name)
        if value is None:
            problems.append(f"there is no counter {name!r}")
        elif not bounds.hold(value):
            problems.append(f"the counter {name} was {value:g}, not {bounds}")
    return problems


def _heard_problems(wanted: Expectations, seen: Seen) -> list[str]:
    problems = []
    if wanted.heard is not None and seen.loud is not (wanted.heard == "loud"):
        found = {True: "something", False: "nothing", None: "nobody knows what"}
        problems.append(f"the caller heard {found[seen.loud]}, not {wanted.heard}")
    if wanted.heard_words and seen.words is not None:
        missing = [
            word for word in wanted.heard_words if word.lower() not in seen.words
        ]
        if missing:
            problems.append(
                f"the caller did not hear {', '.join(map(repr, missing))}, but: "
                f"{seen.words!r}"
            )
    elif wanted.heard_words and not seen.loud:
        problems.append("the caller heard nothing, and was to hear words")
    return problems


def missing_words(
    wanted: Sequence[str], story: Sequence[Mapping[str, Any]]
) -> list[str]:
    """
    @return: the words that are not in the story, in order.
    """
    return [text for text, kind in _walk(wanted, story) if kind == "missing"]


def story_diff(wanted: Sequence[str], story: Sequence[Mapping[str, Any]]) -> list[str]:
    """
    @return: the story, line by line: C{=} is as expected, C{-} is missing.
    """
    marks = {"met": "=", "missing": "-", "other": " "}
    return [f"{marks[kind]} {text}" for text, kind in _walk(wanted, story)]


def _walk(
    wanted: Sequence[str], story: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """
    Go through the story; a wanted word that comes nowhere in what is left of it
    is missing where it was wanted.
    """
    found: list[tuple[str, str]] = []
    rest = [str(line["what"]) for line in story]
    at = 0

    def others(until: int) -> None:
        found.extend((_line(story[i]), "other") for i in range(at, until))

    for word in wanted:
        if word in rest[at:]:
            here = rest.index(word, at)
            others(here)
            found.append((_line(story[here]), "met"))
            at = here + 1
        else:
            found.append((word, "missing"))
    others(len(rest))
    return found


def _line(line: Mapping[str, Any]) -> str:
    return f"{line['seconds']:8.2f} s  {line['what']:18} {line['text']}"
