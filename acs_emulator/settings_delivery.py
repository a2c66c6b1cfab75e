"""
The tables of the settings file about sending: C{[event_grid]}, C{[callbacks]},
C{[tokens]}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .model.callback_log import CallbackRetries
from .model.pace import Pace
from .settings_table import Table


@dataclass(frozen=True, kw_only=True)
class DeliverySettings:
    """
    @ivar keep_old_key: seconds for which an old key stays published.
    """

    pace: Pace
    retries: CallbackRetries
    keep_old_key: float


def take_delivery(top: Table) -> DeliverySettings:
    """
    @param top: the whole document.
    """
    grid, callbacks = top.table("event_grid"), top.table("callbacks")
    tokens = top.table("tokens")
    pace, retries = Pace(), CallbackRetries()
    settings = DeliverySettings(
        pace=Pace(
            speed=grid.take("speed", _number(1, 100000), pace.speed),
            jitter=grid.take("jitter", _number(0, 1), pace.jitter),
            probation_after=grid.take(
                "probation_after", _whole(1, 1000), pace.probation_after
            ),
            dead_letter_delay=grid.take(
                "dead_letter_delay", _number(0, 3600), pace.dead_letter_delay
            ),
        ),
        retries=CallbackRetries(
            count=callbacks.take("retries", _whole(0, 20), retries.count),
            wait=callbacks.take("retry_wait", _number(0, 3600), retries.wait),
        ),
        keep_old_key=tokens.take("keep_old_key", _number(0, 31 * 86400), 86400.0),
    )
    for table in (grid, callbacks, tokens):
        table.done()
    return settings


def _number(least: float, most: float) -> Callable[[Any], float]:
    def parse(given: Any) -> float:
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise ValueError(f"{given!r} is not a number")
        if not least <= given <= most:
            raise ValueError(f"{given!r} is not between {least:g} and {most:g}")
        return float(given)

    return parse


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def parse(given: Any) -> int:
        if isinstance(given, bool) or not isinstance(given, int):
            raise ValueError(f"{given!r} is not a whole number")
        if not least <= given <= most:
            raise ValueError(f"{given!r} is not between {least} and {most}")
        return given

    return parse
