"""
The C{acs-emulator} command: place calls at a running emulator, and watch them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from . import __version__
from .cli_tls import add_ca
from .command_journal import add_journal
from .command_load import add_load
from .command_report import add_report
from .command_run import add_run
from .control_client import CONTROL, Ask, CommandFailed, http_ask, read_script
from .errors import EmulatorError

__all__ = [
    "Ask",
    "CommandFailed",
    "call_request",
    "ended_well",
    "follow_call",
    "http_ask",
    "main",
]

#: Seconds.
_POLL = 0.2
#: The far end has finished when it has been quiet for so long.
_QUIET = "quiet 0.8"


def main(arguments: Sequence[str] | None = None) -> int:
    """
    @return: the exit status.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.perform(options))
    except EmulatorError as e:
        print(f"acs-emulator: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("acs-emulator: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="acs-emulator",
        description="Places calls at an emulator that runs "
        "(twistd -n acs-emulator) on this machine.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_call(commands)
    add_ca(commands)
    add_journal(commands)
    add_report(commands)
    add_run(commands)
    add_load(commands)
    return parser


def _add_call(commands: Any) -> None:
    call = commands.add_parser("call", help="place a call and print its story")
    call.add_argument("--to", required=True, help="number or user to call")
    call.add_argument(
        "--from", dest="caller", default="+14255550123", help="number of the caller"
    )
    call.add_argument(
        "--wav",
        action="append",
        default=[],
        metavar="FILE",
        help="what the caller says; several are said one after the other, each "
        "when the far end has gone quiet",
    )
    call.add_argument(
        "--talk-first",
        action="store_true",
        help="say the first --wav without waiting for the far end",
    )
    call.add_argument(
        "--dtmf",
        action="append",
        default=[],
        metavar="TIME:KEYS",
        help="keys to press, so long after the audio opened; for example 2.5s:5",
    )
    call.add_argument("--script", metavar="FILE", help="what the caller does (TOML)")
    call.add_argument("--heard", metavar="FILE", help="write what the caller hears")
    call.add_argument(
        "--give-up-after", type=float, metavar="SECONDS", help="then hang up [120]"
    )
    call.add_argument(
        "--without-media",
        action="store_true",
        help="a call that is answered without a media stream is a success, too",
    )
    call.add_argument("--control", default=CONTROL, help=f"the emulator [{CONTROL}]")
    call.set_defaults(perform=_call)


def _call(options: argparse.Namespace) -> int:
    call = call_request(options)
    return follow_call(
        http_ask(options.control),
        call,
        sys.stdout,
        time.sleep,
        options.heard,
        media=not options.without_media,
    )


def call_request(options: argparse.Namespace) -> dict[str, Any]:
    """
    @return: the body with which the control API places the call.

    @raise CommandFailed: if the options make no sense.
    """
    if options.script is not None and (options.wav or options.dtmf):
        raise CommandFailed("give either --script or --wav and --dtmf, not both")
    call: dict[str, Any] = {"from": options.caller, "to": options.to}
    if options.script is not None:
        call.update(read_script(options.script))
    else:
        call["steps"] = [*_wav_steps(options), *map(_dtmf_step, options.dtmf)]
    if options.heard is not None:
        call["heard"] = os.path.abspath(options.heard)
    if options.give_up_after is not None:
        call["give_up_after"] = options.give_up_after
    return call


def _wav_steps(options: argparse.Namespace) -> Iterable[dict[str, Any]]:
    for i, path in enumerate(options.wav):
        after = "pause 0" if i == 0 and options.talk_first else _QUIET
        yield {"after": after, "say": os.path.abspath(path)}


def _dtmf_step(text: str) -> dict[str, Any]:
    when, colon, keys = text.partition(":")
    try:
        seconds = float(when.removesuffix("s"))
    except ValueError:
        colon = ""
    if not colon or not keys:
        raise CommandFailed(f"--dtmf {text!r}: write time and keys, such as 2.5s:5")
    return {"after": f"at {seconds:g}", "press": keys, "beside": True}


def follow_call(
    ask: Ask,
    call: dict[str, Any],
    out: TextIO,
    sleep: Callable[[float], None],
    heard: str | None,
    *,
    media: bool = True,
) -> int:
    """
    Place a call and print its story line by line until it has ended.

    @param media: must its media stream have opened?

    @return: 0 if it was answered and ended as calls do.

    @raise CommandFailed: if not, if it cannot be placed, or if the emulator goes
        away.
    """
    call_id = ask("POST", "/emulator/calls", call)["id"]
    shown = 0
    try:
        while True:
            state = ask("GET", f"/emulator/calls/{call_id}", None)
            for line in state["story"][shown:]:
                print(f"{line['seconds']:8.2f} s  {line['text']}", file=out, flush=True)
            shown = len(state["story"])
            if state["state"] == "ended":
                break
            sleep(_POLL)
    except KeyboardInterrupt:
        ask("DELETE", f"/emulator/calls/{call_id}", None)
        raise
    if heard is not None and os.path.exists(heard):
        print(f"what the caller heard: {heard}", file=out)
    _check(state, media=media)
    return 0


def _check(state: dict[str, Any], *, media: bool) -> None:
    if not ended_well(state):
        raise CommandFailed(f"the call did not go as calls do: {state['outcome']}")
    if media and not any(line["what"] == "media_open" for line in state["story"]):
        raise CommandFailed(
            "the call was answered, but no media stream was ever open; if that is as "
            "it should be, say --without-media"
        )


def ended_well(state: dict[str, Any]) -> bool:
    """
    Was the call answered, and then ended by either side or transferred?
    """
    outcome = str(state["outcome"])
    good = ("hung up by caller", "hung up by service")
    return outcome in good or outcome.startswith("transferred to")


if __name__ == "__main__":
    sys.exit(main())
