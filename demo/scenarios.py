"""
The scenarios of C{examples/scenarios}, run against the gateway, or those of
C{examples/scenarios/ivr}, with an IVR before it: the daemons are started as for the
demo.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

from acs_emulator.cli import main as acs_emulator

from .configuration import Run
from .failure import DemoFailed
from .main import start
from .processes import Daemons, check_ports

_ROOT = Path(__file__).resolve().parent.parent
_SCENARIOS = _ROOT / "examples" / "scenarios"


def main() -> int:
    """
    @return: 0 only if everything happened as expected.
    """
    parser = argparse.ArgumentParser(prog="script/scenarios", description=__doc__)
    parser.add_argument("scenarios", nargs="*", type=Path, help="files [all]")
    parser.add_argument(
        "--scenario",
        choices=("direct", "ivr"),
        default="direct",
        help="ivr: an IVR takes the calls first [direct]",
    )
    parser.add_argument("--port-base", type=int, default=18090, metavar="N")
    parser.add_argument("--junit", type=Path, metavar="FILE")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    folder = _ROOT / "demo-run" / time.strftime("scenarios-%Y%m%d-%H%M%S")
    run = Run(folder, given.port_base, with_ivr=given.scenario == "ivr")
    usual = _SCENARIOS / "ivr" if run.with_ivr else _SCENARIOS
    files = given.scenarios or sorted(usual.glob("*.toml"))
    options = ["--control", run.emulator, "--heard", str(folder / "heard")]
    options += ["--junit", str(given.junit)] if given.junit else []
    options += ["--verbose"] if given.verbose else []
    try:
        check_ports(run.ports)
        folder.mkdir(parents=True, exist_ok=True)
        with Daemons(folder) as daemons:
            start(run, daemons)
            return acs_emulator(["run", *options, *map(str, files)])
    except DemoFailed as e:
        print(f"\nThe scenarios could not be run: {e}", file=sys.stderr)
        return 1


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main())
