"""
The command line of C{acsgw provision}.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from .errors import AcsgwError, SettingsError
from .settings import load_settings

PUBLIC_ARM = "https://management.azure.com"


def add_provision(commands: Any) -> None:
    """
    @param commands: argparse's subparsers.
    """
    parser = commands.add_parser(
        "provision",
        help="show, and with --apply make, what Azure needs",
        description="Show what has to be created or changed in Azure for the accounts"
        " that have a table [accounts.NAME.azure]; with --apply do it.",
    )
    parser.add_argument("-c", "--config", type=Path, default=Path("acsgw.toml"))
    parser.add_argument(
        "--account", action="append", default=[], metavar="NAME", help="only this one"
    )
    parser.add_argument("--apply", action="store_true", help="do it")
    parser.add_argument(
        "--as",
        dest="form",
        choices=("az", "bicep", "arm"),
        help="print the same as a file for other tools, and ask Azure nothing",
    )
    parser.add_argument(
        "--rotate-secrets",
        action="store_true",
        help="send the secret headers anew, whatever is there",
    )
    parser.add_argument(
        "--adopt",
        action="append",
        default=[],
        metavar="NAME",
        help="take over an event subscription that was made by somebody else",
    )
    parser.add_argument(
        "--write-identities",
        type=Path,
        metavar="FILE",
        help="where identities that are made are remembered"
        " [azure-identities.json in gateway.state_dir]",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show what stays the same, too"
    )
    add_arm_endpoint(parser)
    parser.set_defaults(run=_provision)


def add_arm_endpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--arm-endpoint",
        default=PUBLIC_ARM,
        metavar="URL",
        help="Azure Resource Manager, of another cloud or of the emulator"
        f" [{PUBLIC_ARM}]",
    )


def _provision(given: argparse.Namespace) -> int:
    # Slow to import, and not needed by the other commands.
    from .provision.command import Order, printed, provision
    from .provision.provisioning import Choices
    from .reactor_command import run_on_reactor

    try:
        order = Order(
            settings=load_settings(given.config, os.environ),
            environment=os.environ,
            accounts=tuple(given.account),
            choices=Choices(
                rotate=given.rotate_secrets,
                adopt=frozenset(given.adopt),
                verbose=given.verbose,
            ),
            identities=given.write_identities,
            endpoint=given.arm_endpoint,
            apply=given.apply,
        )
        if given.form is not None:
            print(printed(order, given.form))
            print(
                "If the resource has a system topic already, put its name into the"
                " settings as system_topic: Azure allows one.",
                file=sys.stderr,
            )
            return 0
    except SettingsError as e:
        print(e, file=sys.stderr)
        return 1
    except AcsgwError as e:
        print(f"acsgw provision: {e}", file=sys.stderr)
        return 1
    say = partial(print, flush=True)
    return run_on_reactor(partial(provision, order), time.time, say)
