"""
What the C{acs-emulator} command knows of the local certificate authority.
"""

from __future__ import annotations

import argparse
import os
import ssl
from pathlib import Path

from .errors import BadAuthority
from .state import CA_FILE, state_folder


def add_ca(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add C{acs-emulator ca}.
    """
    ca = commands.add_parser(
        "ca", help="print the path of the certificate that clients are to trust"
    )
    ca.add_argument(
        "--folder", metavar="PATH", help="tls.folder of the emulator's settings"
    )
    ca.set_defaults(perform=_print_ca)


def _print_ca(options: argparse.Namespace) -> int:
    print(ca_path(options.folder))
    return 0


def ca_path(folder: str | None) -> str:
    """
    @param folder: from the command line; L{None}: the user's state folder.

    @raise BadAuthority: if there is no certificate yet.
    """
    where = Path(folder) if folder is not None else state_folder(os.environ)
    path = where.expanduser() / CA_FILE
    if not path.is_file():
        raise BadAuthority(
            f"there is no {path} yet; start an emulator with TLS: "
            "twistd -n acs-emulator --tls"
        )
    return str(path.resolve())


def control_context(control: str) -> ssl.SSLContext | None:
    """
    @param control: address of an emulator.

    @return: trusts this machine's authority too, if the address needs it.
    """
    if not control.startswith("https:"):
        return None
    context = ssl.create_default_context()
    own = state_folder(os.environ) / CA_FILE
    if own.is_file():
        context.load_verify_locations(own)
    return context
