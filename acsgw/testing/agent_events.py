"""
The gateway's end of a conversation with a voice agent, in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..interfaces import TransferRequest

_BEFORE_READY = {"ready", "refused", "finished"}


class RecordingEvents:
    """
    L{acsgw.interfaces.AgentEvents} that remember, and know the promises.

    @ivar log: name and arguments of each event, in order.
    """

    def __init__(self) -> None:
        self.log: list[tuple[str, Any]] = []

    def ready(self) -> None:
        self.log.append(("ready", None))

    def refused(self, reason: str) -> None:
        self.log.append(("refused", reason))

    def agent_audio(self, pcm: bytes, utterance: str, generation: int) -> None:
        self.log.append(("agent_audio", (pcm, utterance, generation)))

    def utterance_end(self, utterance: str) -> None:
        self.log.append(("utterance_end", utterance))

    def flush(self, generation: int) -> None:
        self.log.append(("flush", generation))

    def progress_wanted(self) -> None:
        self.log.append(("progress_wanted", None))

    def transcript(self, who: str, text: str) -> None:
        self.log.append(("transcript", (who, text)))

    def transfer(self, request: TransferRequest) -> None:
        self.log.append(("transfer", request))

    def ended(self, reason: str, variables: Mapping[str, str]) -> None:
        self.log.append(("ended", (reason, dict(variables))))

    def failed(self, reason: str) -> None:
        self.log.append(("failed", reason))

    def finished(self) -> None:
        self.log.append(("finished", None))

    # What happened?

    def names(self) -> list[str]:
        """
        @return: the events without arguments, runs of audio as one.
        """
        names: list[str] = []
        for name, _ in self.log:
            if name != "agent_audio" or names[-1:] != [name]:
                names.append(name)
        return names

    def all_of(self, name: str) -> list[Any]:
        """
        @return: the arguments of every event of that name.
        """
        return [arguments for event, arguments in self.log if event == name]

    def said(self, who: str) -> list[str]:
        """
        @return: the transcript of one side.
        """
        return [text for speaker, text in self.all_of("transcript") if speaker == who]

    def broken_promises(self) -> list[str]:
        """
        @return: what L{acsgw.interfaces.AgentEvents} forbids, but happened.
        """
        names = [name for name, _ in self.log]
        broken: list[str] = []
        before = names[: names.index("ready")] if "ready" in names else names
        broken += [f"{n} before ready" for n in before if n not in _BEFORE_READY]
        if names.count("finished") > 1:
            broken.append("finished more than once")
        if "finished" in names[:-1]:
            broken.append(f"{names[-1]} after finished")
        if names.count("ended") + names.count("failed") > 1:
            broken.append("more than one end")
        generation = 0
        for name, arguments in self.log:
            if name == "flush":
                if arguments <= generation:
                    broken.append(f"generation {arguments} after {generation}")
                generation = arguments
            elif name == "agent_audio" and arguments[2] != generation:
                broken.append(f"audio of {arguments[2]} during {generation}")
        return broken
