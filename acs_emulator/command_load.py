"""
C{acs-emulator load}: many calls at once, and how they fared.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TextIO

from .control_client import CONTROL, Ask, CommandFailed, http_ask, read_script
from .model.load import LoadReport, moments, report, table

_POLL = 0.5
_BAR = 40
#: Seconds between lines where there is no terminal.
_LINE_EVERY = 5.0
#: Seconds beyond the last call's time after which it is not waited for.
_PATIENCE = 60.0


def add_load(commands: Any) -> None:
    """
    @param commands: where C{argparse} adds subcommands.
    """
    parser = commands.add_parser("load", help="place many calls, and measure them")
    parser.add_argument("--calls", type=int, required=True, metavar="N")
    parser.add_argument(
        "--rate", type=float, default=5.0, metavar="R", help="calls a second [5]"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=30.0,
        metavar="S",
        help="callers hang up so long after the answer [30]",
    )
    parser.add_argument("--script", metavar="FILE", help="what callers do (TOML)")
    parser.add_argument("--to", help="number or user to call [the first number]")
    parser.add_argument("--json", metavar="FILE", help="write the report as JSON")
    parser.add_argument("--control", default=CONTROL, help=f"the emulator [{CONTROL}]")
    parser.set_defaults(perform=_load)


def _load(options: argparse.Namespace) -> int:
    if options.calls < 1 or options.rate <= 0 or options.seconds <= 0:
        raise CommandFailed("--calls, --rate and --seconds must be above 0")
    script = {} if options.script is None else read_script(options.script)
    ask = http_ask(options.control)
    callee = options.to
    if callee is None:
        callee = ask("GET", "/emulator/resource", None)["phone_numbers"][0]
    body = {**script, "to": callee, "give_up_after": options.seconds}
    load = Load(
        ask,
        body,
        calls=options.calls,
        rate=options.rate,
        seconds=options.seconds,
        sleep=time.sleep,
        monotonic=time.monotonic,
        show=Progress(sys.stderr, sys.stderr.isatty(), time.monotonic),
    )
    found = load.run()
    for line in table(found):
        print(line)
    if options.json is not None:
        try:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(found.body(), file, indent=2)
        except OSError as e:
            raise CommandFailed(f"{options.json}: {e.strerror}") from None
    return 0


class Progress:
    """
    A bar on a terminal; now and then a line elsewhere.
    """

    def __init__(
        self, out: TextIO, is_terminal: bool, monotonic: Callable[[], float]
    ) -> None:
        self._out = out
        self._is_terminal = is_terminal
        self._monotonic = monotonic
        self._last = -_LINE_EVERY

    def __call__(self, placed: int, over: int, wanted: int, *, end: bool) -> None:
        """
        @param wanted: how many calls there will be.
        """
        text = f"{placed} of {wanted} placed, {over} over"
        if self._is_terminal:
            done = round(_BAR * (placed + over) / (2 * wanted))
            bar = "#" * done + "." * (_BAR - done)
            stop = "\n" if end else ""
            print(f"\r[{bar}] {text} ", end=stop, file=self._out, flush=True)
        elif end or self._monotonic() - self._last >= _LINE_EVERY:
            self._last = self._monotonic()
            print(text, file=self._out, flush=True)


class Load:
    """
    Places the calls and follows them.
    """

    def __init__(
        self,
        ask: Ask,
        body: dict[str, Any],
        *,
        calls: int,
        rate: float,
        seconds: float,
        sleep: Callable[[float], None],
        monotonic: Callable[[], float],
        show: Callable[..., None],
    ) -> None:
        """
        @param body: of the request for each call, but for C{from}.
        """
        self._ask = ask
        self._body = body
        self._moments = moments(calls, rate)
        self._patience = self._moments[-1] + seconds + _PATIENCE
        self._sleep = sleep
        self._monotonic = monotonic
        self._show = show
        self._refused: Counter[str] = Counter()
        self._ids: list[str] = []

    def run(self) -> LoadReport:
        """
        @return: when all calls are over, or it takes too long.
        """
        before = self._ask("GET", "/emulator/clock", None)
        began = self._monotonic()
        wanted = len(self._moments)
        placed = over = 0
        looked = -_POLL
        try:
            while over < wanted and self._monotonic() - began < self._patience:
                now = self._monotonic() - began
                while placed < wanted and self._moments[placed] <= now:
                    self._place(placed)
                    placed += 1
                if now - looked >= _POLL:
                    looked = now
                    over = self._over()
                    self._show(placed, over, wanted, end=False)
                self._sleep(self._wait(placed, began))
        finally:
            self._show(placed, over, wanted, end=True)
            if over < placed:
                self._hang_up()
        after = self._ask("GET", "/emulator/clock", None)
        calls = [self._ask("GET", f"/emulator/calls/{i}", None) for i in self._ids]
        return report(calls, self._refused, before, after)

    def _wait(self, placed: int, began: float) -> float:
        if placed == len(self._moments):
            return _POLL
        due = began + self._moments[placed] - self._monotonic()
        return min(_POLL, max(0.0, due))

    def _place(self, number: int) -> None:
        caller = f"+1425555{number % 10_000:04}"
        try:
            answer = self._ask(
                "POST", "/emulator/calls", {**self._body, "from": caller}
            )
        except CommandFailed as e:
            self._refused[str(e).partition(":")[2].strip() or str(e)] += 1
        else:
            self._ids.append(str(answer["id"]))

    def _over(self) -> int:
        ours = set(self._ids)
        calls = self._ask("GET", "/emulator/calls", None)["calls"]
        ended = sum(c["id"] in ours and c["state"] == "ended" for c in calls)
        return int(ended) + self._refused.total()

    def _hang_up(self) -> None:
        for call_id in self._ids:
            self._ask("DELETE", f"/emulator/calls/{call_id}", None)
