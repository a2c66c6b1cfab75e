"""
What the figures of a run depend on: machine, versions, commit.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .measuring import Bench
from .native import compiler
from .processes import share_out
from .programs import ROOT

#: What figures depend on, of both environments.
_PACKAGES = (
    *("twisted", "autobahn", "msgspec", "numpy", "picows", "uvloop", "fastapi"),
    *("uvicorn", "websockets", "quart", "hypercorn", "aiohttp", "pipecat-ai"),
)


def about(bench: Bench) -> dict[str, Any]:
    """
    @return: for the file of the run.
    """
    versions = {"acsgw": version("acsgw"), **_versions(bench.tools.python)}
    if (theirs := compiler()) is not None:
        versions["g++"] = theirs
    if bench.tools.node is not None:
        versions |= _node_versions(bench.tools.node, bench.tools.node_folder)
    cores = share_out(bench.cores, 1)
    return {
        "began": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": bench.command,
        "commit": _commit(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, Linux"
        f" {platform.release()}, Python {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f}",
        "versions": versions,
        "gateway_versions": _versions(sys.executable),
        "cores": {"program": cores.workers[0], "generator": cores.generator},
        "seconds": bench.seconds,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        told = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return "unknown"
    return told.stdout.strip() or "unknown"


def _node_versions(node: str, folder: Path) -> dict[str, str]:
    told = subprocess.run(
        [node, "--version"], capture_output=True, text=True, check=False
    )
    package = folder / "node_modules/ws/package.json"
    if not package.exists():
        return {}
    ws = json.loads(package.read_text())["version"]
    return {"node": told.stdout.strip(), "ws": ws}


def _versions(python: str) -> dict[str, str]:
    look = """\
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""
    told = subprocess.run(
        [python, "-c", look, *_PACKAGES], capture_output=True, text=True, check=False
    )
    found: dict[str, str] = json.loads(told.stdout or "{}")
    return found
