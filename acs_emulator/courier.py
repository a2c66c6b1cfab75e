"""
One subscription's way to its endpoint: waiting events, batches, retries,
probation, dead letters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.interfaces import IDelayedCall

from .errors import NoAnswer
from .model.batches import batch_length
from .model.dead_letters import dead_letter, dead_letter_path
from .model.delivery import (
    DELIVERED,
    DELIVERY_TIMEOUT,
    dead_letter_reason,
    delivery_request,
    next_attempt,
    outcome_of,
)
from .model.delivery_log import Attempt
from .model.subscriptions import Subscription
from .post_office import Letter, PostOffice


class Courier:
    """
    Brings events to one endpoint, now and again until each is delivered or
    given up.
    """

    def __init__(self, subscription: Subscription, office: PostOffice) -> None:
        self.subscription = subscription
        self._office = office
        self._waiting: list[Letter] = []
        self._open: list[Letter] = []
        self._in_flight = 0
        self._timers: set[IDelayedCall] = set()
        self._next_round: IDelayedCall | None = None
        self._closed = False

    def send(self, letter: Letter) -> None:
        """
        Deliver an event.
        """
        self._open.append(letter)
        self._waiting.append(letter)
        if self._batches:
            # Those that come in the same turn go together.
            self._go_round_in(0.0)
        else:
            self._go_round()

    def move(self, subscription: Subscription) -> None:
        """
        The subscription has changed: what waits goes where it says now.
        """
        self.subscription = subscription
        self._go_round_in(0.0)

    def close(self) -> None:
        """
        Drop all that is not delivered yet.
        """
        self._closed = True
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for letter in self._open:
            letter.delivery.state = "dropped"
            letter.delivery.next_attempt_at = None
        self._open.clear()

    async def say_goodbye(self, event: dict[str, Any]) -> str:
        """
        Tell the endpoint, once, that its subscription is deleted.

        @return: what it answered.
        """
        attempt = await self._post([event], 0, "SubscriptionDeletion")
        return str(attempt.status or attempt.answer)

    @property
    def _batches(self) -> bool:
        return self.subscription.max_events_per_batch > 1

    @property
    def _now(self) -> float:
        return self._office.clock.seconds()

    def _age(self, letter: Letter) -> float:
        return (self._now - letter.published) * self._office.pace.speed

    def _later(self, seconds: float, work: Callable[[], None]) -> IDelayedCall:
        def elapsed() -> None:
            self._timers.discard(timer)
            work()

        timer = self._office.clock.callLater(seconds, elapsed)
        self._timers.add(timer)
        return timer

    def _go_round_in(self, seconds: float) -> None:
        due = self._now + seconds
        if self._next_round is not None and self._next_round.active():
            if self._next_round.getTime() <= due:
                return
            self._timers.discard(self._next_round)
            self._next_round.cancel()
        self._next_round = self._later(seconds, self._go_round)

    def _go_round(self) -> None:
        pause = self._office.probation.wait(self.subscription.endpoint, self._now)
        if pause > 0:
            self._pause(pause)
            return
        # That one request of a batching subscription is on its way at a time is
        # inferred: so that batches grow while an endpoint is slow.
        while self._waiting and not (self._batches and self._in_flight):
            count = self._batch_length() if self._batches else 1
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
            self._office.start(self._deliver(batch))

    def _batch_length(self) -> int:
        most = self.subscription.max_events_per_batch
        return batch_length(
            [letter.size for letter in self._waiting[:most]],
            most=most,
            kilobytes=self.subscription.preferred_batch_kilobytes,
        )

    def _pause(self, seconds: float) -> None:
        endpoint, name = self.subscription.endpoint, self.subscription.name
        why = self._office.probation.reason(endpoint)
        left = seconds * self._office.pace.speed
        for letter in list(self._waiting):
            if self._age(letter) + left > self.subscription.time_to_live:
                self._waiting.remove(letter)
                text = f"{letter.kind} given up: {name} is on probation ({why})"
                letter.tell("refused", text)
                self._give_up(letter, "TimeToLiveExceeded", "Probation")
            elif letter.delivery.next_attempt_at is None:
                letter.delivery.next_attempt_at = self._now + seconds
                text = f"{letter.kind} waits {seconds:.3g} s: {name} is on probation"
                letter.tell("delayed", f"{text} ({why})")
        if self._waiting:
            self._go_round_in(seconds)

    async def _deliver(self, batch: Sequence[Letter]) -> None:
        self._in_flight += 1
        for letter in batch:
            letter.delivery.next_attempt_at = None
        tried = len(batch[0].delivery.attempts)
        attempt = await self._post([x.event for x in batch], tried, "Notification")
        self._in_flight -= 1
        # A cancelled exchange may look like one that failed.
        if self._closed:
            self._too_late(batch, attempt)
            return
        endpoint = self.subscription.endpoint
        self._office.probation.note(endpoint, attempt.outcome, self._now)
        jitter = self._office.chance() * self._office.pace.jitter
        for letter in batch:
            letter.delivery.attempts.append(attempt)
            if attempt.status in DELIVERED:
                self._delivered(letter, attempt)
            else:
                self._refused(letter, attempt, jitter)
        self._go_round()

    async def _post(
        self, events: Sequence[dict[str, Any]], tried: int, kind: str
    ) -> Attempt:
        began = self._now
        request = delivery_request(self.subscription, events, tried, kind=kind)
        status: int | None = None
        try:
            reply = await self._office.http.request(
                request.method,
                self.subscription.endpoint,
                request.headers,
                request.body,
                timeout=DELIVERY_TIMEOUT,
            )
        except NoAnswer as e:
            outcome, answer = e.outcome, str(e)
        else:
            status, outcome = reply.status, outcome_of(reply.status)
            answer = reply.body[:200].decode("utf-8", "replace")
        return Attempt(
            at=began,
            seconds=round(self._now - began, 6),
            status=status,
            outcome=outcome,
            answer=answer,
        )

    def _too_late(self, batch: Sequence[Letter], attempt: Attempt) -> None:
        for letter in batch:
            letter.delivery.attempts.append(attempt)
            if attempt.status in DELIVERED:
                letter.delivery.state = "delivered"

    def _delivered(self, letter: Letter, attempt: Attempt) -> None:
        name = self.subscription.name
        letter.delivery.state = "delivered"
        self._open.remove(letter)
        letter.tell("delivered", f"{letter.kind} delivered to {name}: {attempt.status}")

    def _refused(self, letter: Letter, attempt: Attempt, jitter: float) -> None:
        tried = len(letter.delivery.attempts)
        wait = next_attempt(
            self.subscription,
            status=attempt.status,
            attempt=tried - 1,
            age=self._age(letter),
            jitter=jitter,
        )
        real = None if wait is None else wait / self._office.pace.speed
        then = "given up" if real is None else f"again in {real:.3g} s"
        reason = attempt.answer if attempt.status is None else str(attempt.status)
        name = self.subscription.name
        letter.tell("refused", f"{letter.kind} refused by {name}: {reason}; {then}")
        if real is None:
            why = dead_letter_reason(
                self.subscription, status=attempt.status, attempts=tried
            )
            self._give_up(letter, why, attempt.outcome)
            return
        letter.delivery.next_attempt_at = self._now + real
        self._later(real, lambda: self._again(letter))

    def _again(self, letter: Letter) -> None:
        letter.delivery.next_attempt_at = None
        self._waiting.append(letter)
        if self._batches:
            self._go_round_in(0.0)
        else:
            self._go_round()

    def _give_up(self, letter: Letter, reason: str, outcome: str) -> None:
        delivery, subscription = letter.delivery, self.subscription
        delivery.reason, delivery.state = reason, "given_up"
        delivery.next_attempt_at = None
        if subscription.dead_letter is None:
            self._open.remove(letter)
            return
        directory = subscription.dead_letter
        attempts = delivery.attempts
        content = dead_letter(
            subscription,
            letter.event,
            reason=reason,
            attempts=len(attempts),
            outcome=outcome,
            published=letter.published,
            last_attempt=attempts[-1].at if attempts else None,
        )

        def write() -> None:
            self._open.remove(letter)
            path = dead_letter_path(subscription, self._now, self._office.new_id())
            try:
                written = self._office.write_dead_letter(directory, path, content)
            except OSError as e:
                letter.tell("refused", f"{letter.kind} not dead-lettered: {e.strerror}")
                return
            delivery.state, delivery.dead_letter = "dead_lettered", written
            letter.tell("dead_lettered", f"{letter.kind} put down as {written}")

        pace = self._office.pace
        self._later(pace.dead_letter_delay / pace.speed, write)
