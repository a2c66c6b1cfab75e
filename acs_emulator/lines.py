"""
The lines of one call: its phones and its media streams, and the room where
they meet.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .errors import NoAnswer
from .fronts.media_client import MediaAttempt
from .handset import Handset
from .media_stream import MediaStream
from .metronome import Tick
from .model.identifiers import phone_number_of
from .model.legs import Leg
from .model.roster import Roster
from .model.story import Story
from .model.tokens import MEDIA_LIFETIME
from .network import CallRequest, Network
from .phone_book import CalledPhone
from .room import Room, Seat, ServiceSound


class Phone:
    """
    A phone and the line that it is on; it may go to a line of another call.
    """

    def __init__(self, raw_id: str, lines: Lines, about: CalledPhone) -> None:
        self.raw_id = raw_id
        self._lines = lines
        self._tick: Tick | None = None
        self._handset = Handset(
            script=about.script,
            clips=about.clips,
            new_recorder=about.new_recorder,
            metronome=self,
            counters=lines.story.counters,
            tell=self._tell,
            hang_up=self._hang_up,
        )

    def talk(self) -> None:
        """
        From now on its owner speaks and listens; no harm if that is so.
        """
        self._handset.use(Seat(self._lines.room, self.raw_id))

    def go_to(self, lines: Lines) -> None:
        """
        Sit down in the room of another call.
        """
        tick = self._tick
        if tick is not None:
            self._lines.room.leave(tick)
        self._lines = lines
        if tick is not None:
            lines.room.join(tick)
        self._handset.use(Seat(lines.room, self.raw_id))

    def put_down(self) -> None:
        """
        Its owner has hung up.
        """
        self._handset.put_down()

    # What the handset takes for its clock.

    def join(self, tick: Tick) -> None:
        self._tick = tick
        self._lines.room.join(tick)

    def leave(self, tick: Tick) -> None:
        self._lines.room.leave(tick)

    def _tell(self, what: str, text: str) -> None:
        who = phone_number_of(self.raw_id) or self.raw_id
        self._lines.tell_of(self.raw_id, what, text, who)

    def _hang_up(self, text: str) -> None:
        lines = self._lines
        lines.room.last(lambda: lines.hung_up(self.raw_id, text))


class Lines:
    """
    Does with phones and sockets what the rules of a call want.
    """

    def __init__(
        self,
        *,
        network: Network,
        request: CallRequest,
        correlation_id: str,
        roster: Roster,
        service: ServiceSound,
        story: Story,
        tell: Callable[[str, str], None],
        hung_up: Callable[[str, str], None],
        opened: Callable[[str], None],
        closed: Callable[[str, str], None],
    ) -> None:
        """
        @param hung_up: told of a phone's raw id and a text for the story.
        @param opened: told of a leg whose socket was accepted.
        @param closed: told of a leg whose socket was refused or lost, and why.
        """
        self.room = Room(roster, network.metronome, service, story.counters)
        self.story = story
        self.hung_up = hung_up
        self._network = network
        self._request = request
        self._correlation_id = correlation_id
        self._tell = tell
        self._opened = opened
        self._closed = closed
        self._media: dict[str, tuple[MediaAttempt, MediaStream]] = {}
        self._phones: dict[str, Phone] = {}

    def tell_of(self, raw_id: str, what: str, text: str, who: str) -> None:
        """
        Tell of something that a phone does; the story is the caller's, unless
        it says otherwise.
        """
        by_caller = raw_id == self._request.caller
        self._tell(what, text if by_caller else f"{who}: {text}")

    # Phones.

    def pick_up(self, raw_id: str) -> None:
        """
        A phone takes part; it has come from another call, perhaps.
        """
        if raw_id in self._phones:
            return
        by_caller = raw_id == self._request.caller
        phone = Phone(
            raw_id, self, self._request_phone if by_caller else self._called(raw_id)
        )
        self._phones[raw_id] = phone
        # The caller's script counts from the opening of the media stream, or
        # from the connecting of a leg that has none.
        if not by_caller or self._media:
            phone.talk()

    @property
    def _request_phone(self) -> CalledPhone:
        request = self._request
        return CalledPhone(
            script=request.script,
            clips=request.clips,
            heard=request.heard,
            new_recorder=request.new_recorder,
        )

    def _called(self, raw_id: str) -> CalledPhone:
        return self._network.phones.get(phone_number_of(raw_id) or "")

    def begin(self) -> None:
        """
        Whoever is there speaks and listens from now on.
        """
        for phone in list(self._phones.values()):
            phone.talk()

    def serve(self) -> None:
        """
        The service plays, listens or records from now on.
        """
        self.begin()
        self.room.serve()

    def put_down(self, raw_id: str) -> None:
        """
        A phone does not take part any more; no harm if it did not.
        """
        phone = self._phones.pop(raw_id, None)
        if phone is not None:
            phone.put_down()

    def release(self, raw_id: str) -> Phone | None:
        """
        @return: the phone, which goes to another call.
        """
        return self._phones.pop(raw_id, None)

    def receive(self, phone: Phone) -> None:
        """
        A phone comes from another call.
        """
        self._phones[phone.raw_id] = phone
        phone.go_to(self)

    def end(self) -> None:
        """
        The call is over.
        """
        for raw_id in list(self._phones):
            self.put_down(raw_id)
        self.room.end()

    # Media streams.

    def open(self, leg: Leg) -> None:
        """
        Connect to the media socket of a leg.
        """
        network = self._network
        assert leg.media is not None
        stream = MediaStream(
            options=leg.media,
            subscription_id=leg.subscription_id,
            participant=leg.caller,
            on_open=partial(self._stream_opened, leg),
            on_close=partial(self._stream_closed, leg),
            counters=self.story.counters,
            now=network.clock.seconds,
            tell=self._tell,
            wrong=self._wrong,
        )
        token = network.issuer.token(network.clock.seconds(), MEDIA_LIFETIME)
        headers = {
            "Authorization": f"Bearer {token}",
            "x-ms-call-connection-id": leg.connection_id,
            "x-ms-call-correlation-id": self._correlation_id,
        }
        try:
            attempt = network.connector.connect(leg.media.url, headers, stream)
        except NoAnswer as e:
            self._stream_closed(leg, stream, str(e))
        else:
            self._media[leg.connection_id] = (attempt, stream)

    def _wrong(self, reason: str) -> None:
        self._network.report.add(
            "media",
            "message",
            [reason],
            correlation_id=self._correlation_id,
            refused=True,
        )

    def close(self, leg: Leg) -> None:
        """
        Close the media socket of a leg; no harm if there is none.
        """
        attempt, stream = self._media.pop(leg.connection_id, (None, None))
        if attempt is not None and stream is not None:
            self.room.remove(stream)
            attempt.close()

    def _stream_opened(self, leg: Leg, stream: MediaStream) -> None:
        self.room.add(stream, leg.answered_by)
        self.begin()
        self._opened(leg.connection_id)

    def _stream_closed(self, leg: Leg, stream: MediaStream, reason: str) -> None:
        self.room.remove(stream)
        self._media.pop(leg.connection_id, None)
        self._closed(leg.connection_id, reason)
