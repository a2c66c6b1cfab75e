"""
The command line of C{acsgw recording}.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

from .errors import AcsgwError
from .keys.file_ring import load_file_ring
from .keys.recording_keys import RECORDING_KEYS
from .recording.decrypting import decrypt
from .recording.sidecar import SEALED

#: Something was saved, but not all of it.
INCOMPLETE = 2


def add_recording(commands: Any) -> None:
    """
    @param commands: argparse's subparsers.
    """
    parser = commands.add_parser("recording", help="read sealed recordings")
    deeds = parser.add_subparsers(required=True, metavar="DEED")
    taken_out = deeds.add_parser(
        "decrypt",
        help="take a recording out of its seal",
        description="Make a WAV or FLAC file of a sealed recording. Exit status: 0 if"
        f" it is whole; {INCOMPLETE} if something is missing, and what there is was"
        " saved; 1 if nothing could be saved.",
    )
    taken_out.add_argument("file", type=Path, metavar="FILE")
    taken_out.add_argument(
        "-o", "--output", type=Path, help="otherwise FILE without .sealed"
    )
    where = taken_out.add_mutually_exclusive_group()
    where.add_argument(
        "-k", "--keys", type=Path, help=f"a copy of the gateway's {RECORDING_KEYS}"
    )
    where.add_argument(
        "-c",
        "--config",
        type=Path,
        default=Path("acsgw.toml"),
        help="settings whose state_dir has the keys",
    )
    taken_out.set_defaults(run=_decrypt)


def _decrypt(given: argparse.Namespace) -> int:
    source: Path = given.file
    try:
        target = given.output or _target(source)
        if target.exists():
            raise AcsgwError(f"{target} is there already; name another one with -o")
        keys = given.keys or _keys_of(given.config)
        ring = load_file_ring(keys, os.urandom, False, "restore it from a copy")
        told = decrypt(source, target, ring)
    except AcsgwError as e:
        print(f"{source}: {e}", file=sys.stderr)
        return 1
    except OSError as e:
        print(f"{e.filename or source}: {e.strerror or e}", file=sys.stderr)
        return 1
    print(f"{target}: {told.seconds:.1f} s")
    for problem in told.problems:
        print(f"{source}: {problem}", file=sys.stderr)
    return INCOMPLETE if told.problems else 0


def _target(source: Path) -> Path:
    if not source.name.endswith(SEALED) or source.name == SEALED:
        raise AcsgwError(f"its name does not end with {SEALED}; say where with -o")
    return source.with_name(source.name.removesuffix(SEALED))


def _keys_of(config: Path) -> Path:
    """
    Only that one setting: who decrypts need not have the gateway's secrets.
    """
    try:
        gateway = tomllib.loads(config.read_text("utf-8")).get("gateway", {})
        state = gateway.get("state_dir", "state")
        return config.resolve().parent / Path(state) / RECORDING_KEYS
    except OSError as e:
        reason = str(e.strerror or e)
    except (ValueError, AttributeError, TypeError) as e:
        reason = str(e)
    raise AcsgwError(
        f"no keys, for {config} cannot be read ({reason}); name the file of keys with"
        " --keys"
    )
