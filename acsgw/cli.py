"""
The C{acsgw} command: what is done beside the daemon.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
from importlib import resources
from pathlib import Path

from autobahn.websocket import USES_NVX

from . import __version__, settings
from .check import effective, problems_here, warnings_here
from .command_online import check_online
from .command_provision import add_arm_endpoint, add_provision
from .command_recording import add_recording
from .errors import SettingsError
from .secret_hash import MIN_LENGTH, SecretHash
from .settings import load_settings


def main(arguments: list[str] | None = None) -> int:
    """
    @return: the exit status.
    """
    try:
        try:
            given = _parser().parse_args(arguments)
            status: int = given.run(given)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        return _nobody_reads()
    return status


def _nobody_reads() -> int:
    """
    Whoever read our output has seen enough, as C{head} does: no reason to complain, now
    or when the interpreter flushes it at the end.

    @return: the status of a program that SIGPIPE ended.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return 128 + signal.SIGPIPE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="acsgw", description="Beside the daemon, which is: twistd -n acsgw"
    )
    parser.add_argument("--version", action="version", version=f"acsgw {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check the settings and show them")
    check.add_argument("-c", "--config", type=Path, default=Path("acsgw.toml"))
    check.add_argument(
        "--online",
        action="store_true",
        help="try everything that a call needs, from here to Azure and back",
    )
    add_arm_endpoint(check)
    check.set_defaults(run=_check)
    hash_secret = commands.add_parser(
        "hash-secret", help="make a secret for an account, or hash one read from stdin"
    )
    hash_secret.add_argument(
        "--stdin", action="store_true", help="read the secret instead of making one"
    )
    hash_secret.set_defaults(run=_hash_secret)
    add_provision(commands)
    add_recording(commands)
    for name, text, run in (
        ("example", "print a settings file to start from", _example),
        ("dialogue", "print the embedded agent's dialogue to start from", _dialogue),
    ):
        commands.add_parser(name, help=text).set_defaults(run=run)
    return parser


def _check(given: argparse.Namespace) -> int:
    try:
        loaded = load_settings(given.config, os.environ)
        found = list(problems_here(loaded, os.environ))
        if found:
            raise SettingsError(found)
    except SettingsError as e:
        print(e, file=sys.stderr)
        return 1
    for warning in warnings_here(uses_nvx=USES_NVX):
        print(f"warning: {warning}", file=sys.stderr)
    if given.online:
        return check_online(loaded, os.environ, given.arm_endpoint)
    print("\n".join(effective(loaded)))
    return 0


def _example(given: argparse.Namespace) -> int:
    print(resources.files(settings).joinpath("example.toml").read_text("utf-8"), end="")
    return 0


def _dialogue(given: argparse.Namespace) -> int:
    local = resources.files("acsgw.agent.local")
    print(local.joinpath("dialogue.toml").read_text("utf-8"), end="")
    return 0


def _hash_secret(given: argparse.Namespace) -> int:
    if given.stdin:
        secret = sys.stdin.readline().strip()
        if len(secret) < MIN_LENGTH:
            print(
                f"the secret has {len(secret)} characters; at least {MIN_LENGTH} are"
                " needed, made by a machine: run without --stdin to get one",
                file=sys.stderr,
            )
            return 1
    else:
        secret = secrets.token_urlsafe(32)
        print(f"api secret, for the asapp-api-secret header: {secret}")
    print(f'api_secret_hash = "{SecretHash.of(secret)}"')
    return 0
