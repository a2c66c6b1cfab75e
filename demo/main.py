"""
The demo: an emulated telephone network, the gateway and a voice agent on this
machine; a caller dials, talks, and is answered.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from .calls import PlacedCall, caller_steps, follow
from .configuration import LINE, Run, write_settings
from .failure import DemoFailed
from .http_json import answers, request
from .processes import Daemons, check_ports, wait_until
from .verdict import problems

_ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """
    @return: 0 only if all calls went as they should.
    """
    given = _arguments()
    # Set for both: a shell may have told its background jobs to ignore Ctrl-C.
    signal.signal(signal.SIGINT, _stop_signal)
    signal.signal(signal.SIGTERM, _stop_signal)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{given.port_base}"
    folder = _ROOT / "demo-run" / name
    run = Run(folder, given.port_base)
    try:
        steps = caller_steps(given.wav)
        check_ports(run.ports)
        folder.mkdir(parents=True)
        with Daemons(folder) as daemons:
            print("Starting the gateway (it loads its speech models) ...", flush=True)
            start(run, daemons)
            print("Event Grid has shaken hands with the gateway.\n", flush=True)
            return _call(run, daemons, steps, given)
    except DemoFailed as e:
        print(f"\nThe demo failed: {e}", file=sys.stderr)
        if folder.exists():
            print(f"Logs and settings: {folder}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing was left running.", file=sys.stderr)
        return 130


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    parser.add_argument(
        "--wav",
        type=Path,
        metavar="FILE",
        help="your own recording as the caller: 8, 16, 24, 44.1 or 48 kHz",
    )
    parser.add_argument(
        "--stay",
        action="store_true",
        help="leave everything running after the call, and print the addresses",
    )
    parser.add_argument(
        "--port-base",
        type=int,
        default=18080,
        metavar="N",
        help="use the ports N to N+2 of 127.0.0.1 [18080]",
    )
    parser.add_argument(
        "--calls", type=int, default=1, metavar="N", help="place N calls at once [1]"
    )
    given = parser.parse_args()
    if not 1 <= given.calls <= 100:
        parser.error("--calls: between 1 and 100")
    if not 1024 <= given.port_base <= 65533:
        parser.error("--port-base: between 1024 and 65533")
    return given


def _stop_signal(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def start(run: Run, daemons: Daemons) -> None:
    """
    Start gateway and emulator, and have Event Grid tell the gateway of calls.
    """
    headers = write_settings(run)
    daemons.start("acsgw", "--config", str(run.folder / "acsgw.toml"))
    ready = f"{run.operations}/health/ready"
    wait_until(lambda: answers(ready), daemons, "the gateway")
    daemons.start("acs-emulator", "--config", str(run.folder / "emulator.toml"))
    health = f"{run.emulator}/emulator/health"
    wait_until(lambda: answers(health), daemons, "the emulator")
    request(
        "PUT",
        f"{run.emulator}/emulator/subscriptions/gateway",
        {
            "endpoint": f"{run.gateway}/v1/acs-events",
            "schema": "EventGridSchema",
            "headers": headers,
            "filters": [
                {"key": "data.to.kind", "operator": "StringIn"}
                | {"values": ["phoneNumber"]}
            ],
        },
    )


def _call(
    run: Run,
    daemons: Daemons,
    steps: list[dict[str, object]],
    given: argparse.Namespace,
) -> int:
    calls = [PlacedCall(run, n, steps) for n in range(1, given.calls + 1)]
    if len(calls) > 1:
        print(f"{len(calls)} calls at once; the story of the first:")
    with (run.folder / "story-1.txt").open("w", encoding="utf-8") as file:
        for line in follow(calls, daemons):
            print(line, flush=True)
            print(line, file=file)
    for other in calls[1:]:
        story = "".join(f"{line}\n" for line in other.story.settled(all_of_it=True))
        (run.folder / f"story-{other.number}.txt").write_text(story, "utf-8")
    print()
    scripted = given.wav is None
    failed = [call for call in calls if not _report(call, scripted)]
    if given.stay:
        _stay(run, daemons)
    if failed:
        raise DemoFailed(f"{len(failed)} of {len(calls)} calls went wrong, see above")
    return 0


def _report(call: PlacedCall, scripted: bool) -> bool:
    """
    Say how a call went.

    @param scripted: was the caller the demo's own?

    @return: did it go well?
    """
    found = problems(call.network, call.gateway, scripted)
    gateway = call.gateway or {}
    outcome = gateway.get("outcome")
    print(f"Call {call.number}: {outcome}" + ("" if not found else ", which is wrong:"))
    for problem in found:
        print(f"  - {problem}")
    if gateway.get("recording"):
        recording = gateway["recording"]
        print(f"  recording (caller left, agent right): {recording['path']}")
    print(f"  what the caller heard: {call.heard}")
    return not found


def _stay(run: Run, daemons: Daemons) -> None:
    print(
        f"""
Everything is still running; Ctrl-C ends it.
  gateway      {run.gateway}
  operations   {run.operations}/v1/calls   /health/ready   /metrics
  emulator     {run.emulator}/emulator/calls
  settings     {run.folder}
Place another call:
  .venv/bin/acs-emulator call --control {run.emulator} --to {LINE} \\
      --from +14255550123 --wav demo/recordings/opening-hours.wav
""",
        flush=True,
    )
    while True:
        daemons.check()
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
