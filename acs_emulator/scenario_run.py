"""
Runs a scenario against a running emulator, and judges it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .command_report import finding_line, new_findings
from .control_client import Ask, CommandFailed, find_recordings, read_script
from .errors import BadWav
from .model.expectations import Seen, judge, story_diff
from .model.scenario import CallerPlan, Scenario
from .model.verdicts import CallVerdict, ScenarioVerdict

_POLL = 0.1
#: Seconds in which last callbacks are sent.
_AFTERMATH = 0.5
_NO_SPEECH = "words were not looked at: moonshine-voice is not installed"


@dataclass(frozen=True, kw_only=True)
class Ears:
    """
    How recordings are listened to.

    @ivar loud: given a path.
    @ivar words: given a path; L{None} if nobody can tell.
    """

    loud: Callable[[str], bool]
    words: Callable[[str], str | None]


@dataclass
class _Placed:
    plan: CallerPlan
    call_id: str
    heard: str
    state: dict[str, Any]


class ScenarioRun:
    """
    One scenario, once.
    """

    def __init__(
        self,
        scenario: Scenario,
        path: str,
        *,
        ask: Ask,
        folder: str,
        sleep: Callable[[float], None],
        monotonic: Callable[[], float],
        ears: Ears,
    ) -> None:
        """
        @param path: of the scenario file.
        @param folder: for what callers hear.
        """
        self._scenario = scenario
        self._path = path
        self._ask = ask
        self._folder = folder
        self._sleep = sleep
        self._monotonic = monotonic
        self._ears = ears
        self._faults: list[str] = []
        self._subscribed: list[str] = []
        self._placed: list[_Placed] = []

    def run(self) -> ScenarioVerdict:
        """
        @return: what became of it; all that it ordered is taken back.
        """
        scenario = self._scenario
        try:
            try:
                before = self._ask("GET", "/emulator/report", None)
                self._prepare()
                late = self._call()
                self._sleep(_AFTERMATH)
                calls = [self._judge(placed, late) for placed in self._placed]
                after = self._ask("GET", "/emulator/report", None)
            finally:
                self._clean_up()
        except (CommandFailed, BadWav) as e:
            return ScenarioVerdict(name=scenario.name, path=self._path, problem=str(e))
        return ScenarioVerdict(
            name=scenario.name,
            path=self._path,
            calls=calls,
            wrong=[finding_line(found) for found in new_findings(before, after)],
            nothing_wrong=scenario.nothing_wrong,
        )

    def _prepare(self) -> None:
        for name, body in self._scenario.subscriptions.items():
            self._ask("PUT", f"/emulator/subscriptions/{name}", dict(body))
            self._subscribed.append(name)
        for fault in self._scenario.faults:
            answer = self._ask("POST", "/emulator/faults", dict(fault))
            self._faults.append(str(answer["id"]))

    def _clean_up(self) -> None:
        for placed in self._placed:
            if placed.state.get("state") != "ended":
                self._ask("DELETE", f"/emulator/calls/{placed.call_id}", None)
        for fault_id in self._faults:
            self._ask("DELETE", f"/emulator/faults/{fault_id}", None)
        for name in self._subscribed:
            self._ask("DELETE", f"/emulator/subscriptions/{name}", None)

    def _call(self) -> bool:
        """
        Place all calls in their time, and follow them to their end.

        @return: did they take too long?
        """
        began = self._monotonic()
        waiting = sorted(self._scenario.callers, key=lambda plan: plan.after)
        while True:
            now = self._monotonic() - began
            while waiting and waiting[0].after <= now:
                self._placed.append(self._place(waiting.pop(0)))
            open_calls = [p for p in self._placed if p.state.get("state") != "ended"]
            if not waiting and not open_calls:
                return False
            if now > self._scenario.timeout:
                return True
            self._sleep(_POLL)
            for placed in open_calls:
                path = f"/emulator/calls/{placed.call_id}"
                placed.state = self._ask("GET", path, None)

    def _place(self, plan: CallerPlan) -> _Placed:
        folder = os.path.dirname(os.path.abspath(self._path))
        request: dict[str, Any] = dict(plan.request)
        if plan.script is not None:
            script = read_script(os.path.join(folder, plan.script))
            request = {**script, **request}
        else:
            find_recordings(request, folder)
        name = "".join(c if c.isalnum() else "-" for c in plan.name)
        stem = os.path.splitext(os.path.basename(self._path))[0]
        heard = os.path.join(self._folder, f"{stem}-{name}.wav")
        callee = plan.callee
        if callee is None:
            resource = self._ask("GET", "/emulator/resource", None)
            callee = resource["phone_numbers"][0]
        request |= {"from": plan.caller, "to": callee, "heard": heard}
        call_id = str(self._ask("POST", "/emulator/calls", request)["id"])
        return _Placed(plan, call_id, heard, {})

    def _judge(self, placed: _Placed, late: bool) -> CallVerdict:
        expect = placed.plan.expect
        journal = self._ask("GET", f"/emulator/calls/{placed.call_id}/journal", None)
        loud, words = None, None
        if os.path.exists(placed.heard):
            loud = self._ears.loud(placed.heard)
            words = self._ears.words(placed.heard) if expect.heard_words else None
        seen = Seen(
            call=placed.state, journal=journal["entries"], loud=loud, words=words
        )
        problems = judge(expect, seen)
        if late and placed.state.get("state") != "ended":
            text = f"it was not over after {self._scenario.timeout:g} s"
            problems.insert(0, text)
        unheard = bool(expect.heard_words) and words is None and bool(loud)
        return CallVerdict(
            caller=placed.plan.name,
            call_id=placed.call_id,
            outcome=str(placed.state.get("outcome")),
            seconds=seen.seconds,
            problems=problems,
            remarks=[_NO_SPEECH] if unheard else [],
            story=story_diff(expect.story, seen.story),
            counters=_counters(placed.state),
        )


def _counters(state: Mapping[str, Any]) -> dict[str, Any]:
    return dict(state.get("counters", {}))
