"""
The C{acsgw} command: what is done beside the daemon.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from . import __version__
from .errors import SettingsError
from .secret_hash import MIN_LENGTH, SecretHash
from .settings import AccountSettings, Settings, load_settings


def main(arguments: list[str] | None = None) -> int:
    """
    @return: the exit status.
    """
    parser = argparse.ArgumentParser(
        prog="acsgw", description="Beside the daemon, which is: twistd -n acsgw"
    )
    parser.add_argument("--version", action="version", version=f"acsgw {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check the settings and show them")
    check.add_argument("--config", type=Path, default=Path("acsgw.toml"))
    check.set_defaults(run=_check)
    hash_secret = commands.add_parser(
        "hash-secret", help="make a secret for an account, or hash one read from stdin"
    )
    hash_secret.add_argument(
        "--stdin", action="store_true", help="read the secret instead of making one"
    )
    hash_secret.set_defaults(run=_hash_secret)
    given = parser.parse_args(arguments)
    status: int = given.run(given)
    return status


def _check(given: argparse.Namespace) -> int:
    try:
        settings = load_settings(given.config, os.environ)
    except SettingsError as e:
        print(e, file=sys.stderr)
        return 1
    print("\n".join(effective(settings)))
    return 0


def effective(settings: Settings) -> Iterator[str]:
    """
    @return: the settings as they are in force, secrets hidden, a line each.
    """
    for name, value in _shown(settings):
        if name != "accounts":
            yield f"{name} = {value}"
    for account in settings.accounts:
        for name, value in _shown(account):
            if name != "name":
                yield f"accounts.{account.name}.{name} = {value}"


def _shown(settings: Settings | AccountSettings) -> Iterator[tuple[str, object]]:
    for field in fields(settings):
        value = getattr(settings, field.name)
        secret = isinstance(value, SecretHash) or not field.repr
        yield field.name, "(hidden)" if secret else value


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
