"""
C{acs-emulator run}: scenarios, and whether what was expected happened.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from .control_client import CONTROL, CommandFailed, http_ask, read_toml
from .errors import BadScenario
from .fronts.hearing import is_loud, words
from .model.scenario import Scenario, parse_scenario
from .model.verdicts import ScenarioVerdict, as_json, as_junit, lines
from .scenario_run import Ears, ScenarioRun

#: Seconds.
_START = 20.0
_STOP = 10.0
_TWISTD = "import sys; from twisted.scripts.twistd import run; sys.exit(run())"


def add_run(commands: Any) -> None:
    """
    @param commands: where C{argparse} adds subcommands.
    """
    parser = commands.add_parser(
        "run", help="run scenarios; the status says whether all went as expected"
    )
    parser.add_argument("scenarios", nargs="+", metavar="SCENARIO.toml")
    parser.add_argument("--control", default=CONTROL, help=f"the emulator [{CONTROL}]")
    parser.add_argument(
        "--start", action="store_true", help="start an emulator for these scenarios"
    )
    parser.add_argument(
        "--config", metavar="FILE", help="settings of the emulator to be started"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what stands for ${NAME} in scenarios",
    )
    parser.add_argument("--junit", metavar="FILE", help="write verdicts as JUnit XML")
    parser.add_argument("--json", metavar="FILE", help="write verdicts as JSON")
    parser.add_argument("--heard", metavar="FOLDER", help="keep what callers heard")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print the story of all calls"
    )
    parser.set_defaults(perform=_run)


def _run(options: argparse.Namespace) -> int:
    if options.config is not None and not options.start:
        raise CommandFailed("--config: only with --start")
    variables = dict(_variable(text) for text in options.set)
    # All are read first: a misspelt one must not fail after minutes of calls.
    scenarios = [(path, read_scenario(path, variables)) for path in options.scenarios]
    with ExitStack() as stack:
        control = options.control
        if options.start:
            control = stack.enter_context(_started(options.config))
        folder = options.heard or stack.enter_context(tempfile.TemporaryDirectory())
        os.makedirs(folder, exist_ok=True)
        verdicts = []
        for path, scenario in scenarios:
            verdict = _run_one(scenario, path, control, os.path.abspath(folder))
            for line in lines(verdict, verbose=options.verbose):
                print(line, flush=True)
            verdicts.append(verdict)
    _write(options, verdicts)
    bad = sum(not verdict.good for verdict in verdicts)
    print(f"{len(verdicts) - bad} of {len(verdicts)} scenarios went as expected")
    return 1 if bad else 0


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandFailed(f"--set {text!r}: write NAME=VALUE")
    return name, value


def read_scenario(path: str, variables: dict[str, str]) -> Scenario:
    """
    @raise CommandFailed: if the file cannot be used.
    """
    name = os.path.splitext(os.path.basename(path))[0]
    try:
        return parse_scenario(read_toml(path), name, variables)
    except BadScenario as e:
        raise CommandFailed(f"{path}: {e}") from None


def _run_one(
    scenario: Scenario, path: str, control: str, folder: str
) -> ScenarioVerdict:
    return ScenarioRun(
        scenario,
        path,
        ask=http_ask(control),
        folder=folder,
        sleep=time.sleep,
        monotonic=time.monotonic,
        ears=Ears(loud=is_loud, words=words),
    ).run()


def _write(options: argparse.Namespace, verdicts: list[ScenarioVerdict]) -> None:
    try:
        if options.junit is not None:
            with open(options.junit, "wb") as junit:
                junit.write(as_junit(verdicts))
        if options.json is not None:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(as_json(verdicts), file, indent=2)
    except OSError as e:
        raise CommandFailed(f"{e.filename}: {e.strerror}") from None


@contextmanager
def _started(config: str | None) -> Iterator[str]:
    """
    @return: the address of an emulator of our own, that ends with us.
    """
    settings = {} if config is None else read_toml(config)
    listen = settings.get("listen")
    if listen is None:
        port = _free_port()
        listen = f"tcp:{port}:interface=127.0.0.1"
    else:
        port = int(str(listen).split(":")[1])
    control = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "acs-emulator.log")
        command = [sys.executable, "-c", _TWISTD, "-n", "--pidfile=", "--logfile", log]
        command += ["acs-emulator", "--listen", str(listen)]
        if config is not None:
            command += ["--config", config]
        with open(os.path.join(folder, "out"), "wb") as out:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        try:
            _wait(process, control, os.path.join(folder, "out"))
            yield control
        finally:
            process.terminate()
            try:
                process.wait(_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], control: str, out: str) -> None:
    ask = http_ask(control)
    deadline = time.monotonic() + _START
    while True:
        try:
            ask("GET", "/emulator/health", None)
            return
        except CommandFailed as e:
            if process.poll() is not None or time.monotonic() > deadline:
                with open(out, encoding="utf-8", errors="replace") as file:
                    said = file.read().strip()[-500:]
                raise CommandFailed(
                    f"the emulator did not start: {said or e}"
                ) from None
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
