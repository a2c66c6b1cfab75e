"""
What programs need that is there or not: a compiler, Node, packages.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .native import NotBuilt, build
from .processes import BenchFailed
from .programs import NATIVE, Kind, Program, Tools

#: Without which nothing can be measured.
_OURS = ("numpy", "picows", "uvloop")


def find_tools(
    python: str, programs: Sequence[Program]
) -> tuple[Tools, dict[str, str]]:
    """
    @param python: of the environment of the peers.
    @param programs: that are wanted.

    @return: what there is; and by the names of programs (and C{generator}) why they
        can't be had.

    @raise BenchFailed: if nothing can be measured.
    """
    native: dict[str, Path] = {}
    lacking: dict[str, str] = {}
    modules = {p.module: p.name for p in programs if p.kind is Kind.NATIVE}
    for module, name in {"generator": "generator", **modules}.items():
        try:
            native[module] = build(module, NATIVE)
        except NotBuilt as e:
            lacking[name] = str(e)
    node, folder = shutil.which("node"), Path(python).absolute().parents[1] / "node"
    missing = _missing(python, [*_OURS, *(n for p in programs for n in p.needs)])
    if there_is_none := missing & {*_OURS}:
        raise BenchFailed(_install(python, there_is_none))
    for program in programs:
        if without := missing & {*program.needs}:
            lacking[program.name] = _install(python, without)
        elif program.kind is Kind.NODE and (why := _lacks_node(node, folder)):
            lacking[program.name] = why
            node = None
    return Tools(python=python, native=native, node=node, node_folder=folder), lacking


def _lacks_node(node: str | None, folder: Path) -> str | None:
    if node is None:
        return "there is no node (on Debian or Ubuntu: apt install nodejs npm)"
    if not (folder / "node_modules/ws").exists():
        return f"not installed: ws; do\n    npm install --prefix {folder} ws"
    return None


def _install(python: str, missing: set[str]) -> str:
    names = sorted("pipecat-ai" if n == "pipecat" else n for n in missing)
    packages = " ".join(names)
    return (
        f"not installed: {packages}; do\n"
        f"    {python} -m pip install --only-binary :all: {packages}"
    )


def _missing(python: str, names: Sequence[str]) -> set[str]:
    """
    @return: packages that the environment has not.
    """
    look = (
        "import sys; from importlib.util import find_spec; "
        "print(*(n for n in sys.argv[1:] if find_spec(n) is None))"
    )
    told = subprocess.run(
        [python, "-c", look, *dict.fromkeys(names)],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        raise BenchFailed(f"{python} does not run: {told.stderr.strip()[-200:]}")
    return {*told.stdout.split()}
