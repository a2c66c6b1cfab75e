"""
The demo: an emulated telephone network, the gateway and a voice agent on this
machine; a caller dials, talks, and is answered.  With an IVR, if wanted, which takes
the call first, and takes the caller back.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from .calls import PlacedCall, caller_steps, follow
from .configuration import LINE, Names, Run, write_settings
from .failure import DemoFailed
from .http_json import answers, request
from .processes import Daemons, check_ports, wait_until
from .story import recordings, travelled
from .verdict import ivr_problems, problems

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
    run = Run(folder, given.port_base, with_ivr=given.scenario == "ivr")
    try:
        steps = caller_steps(given.wav, run.with_ivr)
        check_ports(run.ports)
        folder.mkdir(parents=True)
        with Daemons(folder) as daemons:
            print("Starting the gateway (it loads its speech models) ...", flush=True)
            start(run, daemons)
            others = " and with the IVR" if run.with_ivr else ""
            print(
                f"Event Grid has shaken hands with the gateway{others}.\n", flush=True
            )
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
        "--scenario",
        choices=("direct", "ivr"),
        default="direct",
        help="direct: the gateway takes the call; ivr: an IVR does, hands the caller"
        " over with what it asked for, and takes the caller back [direct]",
    )
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
        help="use the ports N to N+4 of 127.0.0.1 [18080]",
    )
    parser.add_argument(
        "--calls", type=int, default=1, metavar="N", help="place N calls at once [1]"
    )
    given = parser.parse_args()
    if not 1 <= given.calls <= 100:
        parser.error("--calls: between 1 and 100")
    if not 1024 <= given.port_base <= 65531:
        parser.error("--port-base: between 1024 and 65531")
    return given


def _stop_signal(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def start(run: Run, daemons: Daemons) -> None:
    """
    Start the daemons, and have Event Grid tell them of calls.
    """
    names = write_settings(run)
    daemons.start("acsgw", "--config", str(run.folder / "acsgw.toml"))
    ready = f"{run.operations}/health/ready"
    wait_until(lambda: answers(ready), daemons, "the gateway")
    daemons.start("acs-emulator", "--config", str(run.folder / "emulator.toml"))
    health = f"{run.emulator}/emulator/health"
    wait_until(lambda: answers(health), daemons, "the emulator")
    if run.with_ivr:
        daemons.start("ivr-sample", "--config", str(run.folder / "ivr.toml"))
        ready = f"{run.ivr_operations}/health/ready"
        wait_until(lambda: answers(ready), daemons, "the IVR")
    _subscribe(run, names)


def _subscribe(run: Run, names: Names) -> None:
    """
    Without an IVR the gateway takes all calls to numbers; with one, those to its
    user, and the IVR those to numbers and to the IVR's user.
    """
    url = f"{run.emulator}/emulator/subscriptions"
    kind, raw_id = "data.to.kind", "data.to.rawId"
    to_numbers = {"key": kind, "operator": "StringIn", "values": ["phoneNumber"]}
    to_gateway = {"key": raw_id, "operator": "StringIn"} | {
        "values": [names.gateway_user]
    }
    to_ivr = {"key": raw_id, "operator": "StringBeginsWith"} | {
        "values": ["4:", names.ivr_user]
    }
    gateway = {
        "endpoint": f"{run.gateway}/v1/acs-events",
        "schema": "EventGridSchema",
        "headers": names.gateway_headers,
        "filters": [to_gateway if run.with_ivr else to_numbers],
    }
    request("PUT", f"{url}/gateway", gateway)
    if run.with_ivr:
        ivr = {"endpoint": f"{run.ivr}/v1/events", "filters": [to_ivr]}
        request("PUT", f"{url}/ivr", ivr | {"headers": names.ivr_headers})
        # The filter above is on calls: it would keep these events away.
        recorded = {
            "endpoint": f"{run.ivr}/v1/events",
            "headers": names.ivr_headers,
            "included_event_types": [
                "Microsoft.Communication.RecordingFileStatusUpdated"
            ],
        }
        request("PUT", f"{url}/ivr-recordings", recorded)


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
    failed = [call for call in calls if not _report(call, run, scripted)]
    if given.stay:
        _stay(run, daemons)
    if failed:
        raise DemoFailed(f"{len(failed)} of {len(calls)} calls went wrong, see above")
    return 0


def _report(call: PlacedCall, run: Run, scripted: bool) -> bool:
    """
    Say how a call went.

    @param scripted: was the caller the demo's own?

    @return: did it go well?
    """
    if run.with_ivr:
        found = ivr_problems(call.network, call.gateway, call.legs, scripted)
    else:
        found = problems(call.network, call.gateway, scripted)
    gateway = call.gateway or {}
    outcome = call.network["outcome"] if run.with_ivr else gateway.get("outcome")
    print(f"Call {call.number}: {outcome}" + ("" if not found else ", which is wrong:"))
    for problem in found:
        print(f"  - {problem}")
    for line in travelled(call.legs):
        print(f"  {line}")
    for line in recordings(call.gateway, call.legs):
        print(f"  {line}")
    print(f"  what the caller heard: {call.heard}")
    return not found


def _stay(run: Run, daemons: Daemons) -> None:
    ivr = f"\n  IVR          {run.ivr_operations}/v1/calls" if run.with_ivr else ""
    print(
        f"""
Everything is still running; Ctrl-C ends it.
  gateway      {run.gateway}
  operations   {run.operations}/v1/calls   /health/ready   /metrics{ivr}
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
