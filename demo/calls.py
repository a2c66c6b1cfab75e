"""
Places the demo's calls and follows them to their end.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .configuration import CALLER, LINE, Run
from .failure import DemoFailed
from .http_json import request
from .processes import Daemons
from .story import Story

#: Longer than this no call of the demo lasts.
CALL_SECONDS = 150.0

#: So long after its end the files of its recordings may come.
FILE_SECONDS = 10.0
#: How often to ask for the call whose story is told, and for the others: who asks for
#: twenty calls ten times a second takes the time that the agents need.
_LOOK, _GLANCE = 0.1, 1.0

_ROOT = Path(__file__).resolve().parent


def caller_steps(wav: Path | None, with_ivr: bool = False) -> list[dict[str, Any]]:
    """
    @param wav: the caller's voice; L{None} for the demo's own caller.
    @param with_ivr: does the caller meet an IVR first?

    @return: what the caller does, for the emulator's control API.

    @raise DemoFailed: if there is no such file.
    """
    if wav is not None:
        _check_wav(wav)
        return [{"after": "quiet 1.5", "say": str(wav.resolve())}]
    name = "ivr-caller.toml" if with_ivr else "caller.toml"
    script = tomllib.loads((_ROOT / name).read_text("utf-8"))
    return [
        {**step, "say": str(_ROOT / step["say"])} if "say" in step else step
        for step in script["steps"]
    ]


def _check_wav(path: Path) -> None:
    """
    Better now than when everything has been started.

    @raise DemoFailed: if the emulator could not play it.
    """
    from acs_emulator.errors import BadWav
    from acs_emulator.fronts.wav_files import read_wav

    try:
        read_wav(str(path.resolve()))
    except BadWav as e:
        raise DemoFailed(str(e)) from None


class PlacedCall:
    """
    One call, seen from both sides.

    @ivar heard: file of what the caller heard.
    @ivar address: where the emulator tells of it.
    @ivar network: what it told last.
    @ivar gateway: what the gateway told last.
    @ivar legs: what the IVR told last: a call for each time that it had the caller.
    """

    def __init__(self, run: Run, number: int, steps: list[dict[str, Any]]) -> None:
        self._run = run
        self.heard = run.folder / f"heard-by-caller-{number}.wav"
        placed = request(
            "POST",
            f"{run.emulator}/emulator/calls",
            {
                "from": CALLER,
                "to": LINE,
                "steps": steps,
                "heard": str(self.heard),
                "give_up_after": CALL_SECONDS - 10,
            },
        )
        self.number = number
        self.story = Story()
        self.network: dict[str, Any] = {}
        self.gateway: dict[str, Any] | None = None
        self.legs: list[dict[str, Any]] = []
        self.address = f"{run.emulator}/emulator/calls/{placed['id']}"
        self._gateway_id: str | None = None
        self._ended_at: float | None = None

    @property
    def over(self) -> bool:
        """
        Has it ended, and is its recording on disk?
        """
        gateway_over = self.gateway is None or self.gateway["outcome"] is not None
        ivr_over = all(leg["outcome"] is not None for leg in self.legs)
        ended = self.network.get("state") == "ended" and gateway_over and ivr_over
        if ended and self._ended_at is None:
            self._ended_at = time.monotonic()
        return ended and (self._files_known or self._waited_long_enough)

    @property
    def _files_known(self) -> bool:
        """
        Is each recording of the IVR kept, or known not to be?
        """
        return all(
            leg["recording"]
            and leg["recording"]["files"]
            and all(f["path"] or f["problem"] for f in leg["recording"]["files"])
            for leg in self.legs
        )

    @property
    def _waited_long_enough(self) -> bool:
        assert self._ended_at is not None
        return time.monotonic() - self._ended_at > FILE_SECONDS

    def look(self) -> None:
        """
        Ask both sides what is new.
        """
        self.network = request("GET", self.address)
        self.story.hear_network(self.network)
        if self._gateway_id is None:
            self._gateway_id = self._find()
        if self._gateway_id is not None:
            self.gateway = request(
                "GET", f"{self._run.operations}/v1/calls/{self._gateway_id}"
            )
            self.story.hear_gateway(self.gateway)
        if self._run.with_ivr:
            self._look_at_ivr()

    def _look_at_ivr(self) -> None:
        mine = f"/v1/calls?conversation={self.network['correlation_id']}"
        self.legs = request("GET", self._run.ivr_operations + mine)["calls"]
        for number, leg in enumerate(self.legs):
            self.story.hear_ivr(number, leg)

    def _find(self) -> str | None:
        calls = request("GET", f"{self._run.operations}/v1/calls")["calls"]
        for call in calls:
            if call["conversation_id"] == self.network["correlation_id"]:
                found: str = call["id"]
                return found
        return None


def follow(calls: list[PlacedCall], daemons: Daemons) -> Iterator[str]:
    """
    Follow calls until all are over.

    @return: lines of the first one's story, as it happens.

    @raise DemoFailed: if they do not end, or a daemon does.
    """
    deadline = time.monotonic() + CALL_SECONDS
    glance = 0.0
    while not all(call.over for call in calls):
        daemons.check()
        everybody = time.monotonic() >= glance
        for call in calls if everybody else calls[:1]:
            if not call.over:
                call.look()
        if everybody:
            glance = time.monotonic() + _GLANCE
        yield from calls[0].story.settled()
        if time.monotonic() > deadline:
            raise DemoFailed(f"a call did not end in {CALL_SECONDS:.0f} s")
        time.sleep(_LOOK)
    yield from calls[0].story.settled(all_of_it=True)
