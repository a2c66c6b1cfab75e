"""
What participants hear while they are on hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from .errors import CannotPlay
from .fronts.prompts import Prompts
from .fronts.sounds import Sound
from .model.actions import Callback
from .model.asked import Asked
from .model.identifiers import name_of
from .model.legs import Leg
from .model.mixing import Prompt, Voice
from .model.prompts import Cursor, PlaySource
from .model.roster import Roster


@dataclass
class _Player:
    """
    @ivar loading: until the sound is there.
    """

    leg: Leg
    loading: Deferred[None] | None = None
    sound: Sound | None = None
    cursor: Cursor = field(default_factory=lambda: Cursor((), False))


class HoldMusic:
    """
    One player for each participant on hold; what it plays begins again at its end.
    If it cannot be had the participant stays on hold, in silence, and
    C{HoldFailed} is sent.
    """

    _log = Logger()

    def __init__(
        self,
        prompts: Prompts,
        *,
        roster: Roster,
        tell: Callable[[str, str], None],
        post: Callable[[Callback], None],
    ) -> None:
        self._prompts = prompts
        self._roster = roster
        self._tell = tell
        self._post = post
        self._players: dict[str, _Player] = {}

    def play(self, leg: Leg, raw_id: str, source: PlaySource, asked: Asked) -> None:
        """
        @param raw_id: of a participant that was put on hold by this leg.
        """
        self.stop(raw_id)
        player = self._players[raw_id] = _Player(leg)
        loading = Deferred.fromCoroutine(self._load(player, raw_id, source, asked))
        loading.addErrback(lambda failure: failure.trap(CancelledError) and None)
        loading.addErrback(lambda failure: self._log.failure("hold music", failure))
        if not loading.called:
            player.loading = loading

    async def _load(
        self, player: _Player, raw_id: str, source: PlaySource, asked: Asked
    ) -> None:
        try:
            player.sound = await self._prompts.load(source)
        except CannotPlay as e:
            if self._players.get(raw_id) is player:
                del self._players[raw_id]
            text = f"nothing to be heard on hold: {e.result.message}"
            self._tell("prompt_failed", text)
            self._post(
                Callback(
                    leg=player.leg,
                    kind="HoldFailed",
                    result=e.result,
                    operation_context=asked.operation_context,
                    url=asked.callback_url,
                )
            )
        else:
            player.cursor = Cursor((player.sound.frames,), loop=True)
            self._tell("play", f"{name_of(raw_id)} hears something on hold")
        finally:
            player.loading = None

    def sounds(self, rate: int) -> list[Prompt]:
        """
        20 ms pass.

        @param rate: Hz.

        @return: what each participant hears.
        """
        found = []
        for raw_id, player in list(self._players.items()):
            if not self._roster.is_cut_off(raw_id):
                self.stop(raw_id)
                continue
            position = player.cursor.next()
            if position is not None and player.sound is not None:
                pcm = player.sound.frame(rate, position[1])
                voice = Voice(player.leg.answered_by, pcm, rate, silent=False)
                found.append(Prompt(frozenset([raw_id]), voice))
        return found

    def leg_ended(self, leg: Leg) -> None:
        """
        What it has started is over.
        """
        for raw_id, player in list(self._players.items()):
            if player.leg is leg:
                self.stop(raw_id)

    def stop(self, raw_id: str) -> None:
        """
        No harm, if nothing is played to it.
        """
        player = self._players.pop(raw_id, None)
        if player is not None and player.loading is not None:
            player.loading.cancel()
