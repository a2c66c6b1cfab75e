"""
Sets up the virtual environment of this checkout; used by the scripts beside it.

Only the standard library, and any Python 3.11 or later: this runs before anything
is installed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
EXTRAS = "local,emulator,ivr,test"

#: What decides whether the environment is up to date.
_INPUTS = ("setup.cfg", "pyproject.toml", "acsgw/__init__.py")


class SetUpFailed(Exception):
    """
    The environment cannot be made; the text says why and what to do.
    """


def python() -> Path:
    """
    @return: the environment's Python.
    """
    return VENV / "bin" / "python"


def command(name: str) -> str:
    """
    @return: path of a command of the environment.
    """
    return str(VENV / "bin" / name)


def ensure() -> None:
    """
    Make or update the environment; takes no time if there is nothing to do.

    @raise SetUpFailed: with what is wrong.
    """
    if sys.version_info < (3, 11):  # noqa: UP036
        raise SetUpFailed(
            f"Python 3.11 or later is needed, this is {sys.version.split()[0]};"
            " start the script with a later one: python3.12 script/..."
        )
    stamp = VENV / "acsgw.stamp"
    wanted = _fingerprint()
    if stamp.exists() and stamp.read_text() == wanted and python().exists():
        return
    print(f"Setting up {VENV.relative_to(ROOT)} (the first time takes a minute) ...")
    try:
        if not _usable():
            venv.create(VENV, with_pip=True, clear=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as e:
        raise SetUpFailed(
            f"no virtual environment could be made ({e}); on Debian or Ubuntu the"
            " package python3-venv may be missing"
        ) from e
    _install()
    stamp.write_text(wanted)
    print("Ready.")


def _usable() -> bool:
    """
    Is there an environment of this very Python?
    """
    config = VENV / "pyvenv.cfg"
    if not config.exists() or not python().exists():
        return False
    version = ".".join(map(str, sys.version_info[:3]))
    return f"version = {version}" in config.read_text()


def _install() -> None:
    # Wheels only: no compiler is needed, and a missing wheel is told as such.
    arguments = ["install", "--only-binary", ":all:", "--progress-bar", "off"]
    arguments += ["--disable-pip-version-check", "--editable", f".[{EXTRAS}]"]
    pip = subprocess.Popen(
        [str(python()), "-m", "pip", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    assert pip.stdout is not None
    try:
        for line in pip.stdout:
            said.append(line)
            if line.lstrip().startswith(("Downloading", "Using cached")):
                print("  " + _short(line), flush=True)
            elif line.startswith("Installing collected"):
                print("  installing ...", flush=True)
        status = pip.wait()
    finally:
        pip.terminate()  # if we were interrupted
    if status != 0:
        print("".join(said), file=sys.stderr)
        raise SetUpFailed(
            "installing failed; what pip said stands above. Is the package index"
            " reachable? A proxy is set by HTTPS_PROXY"
        )


def _short(line: str) -> str:
    """
    @return: what is downloaded, and how large it is.
    """
    words = line.split()
    return " ".join([words[-3].split("-cp")[0], *words[-2:]])[:76]


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode() + EXTRAS.encode())
    for name in _INPUTS:
        digest.update((ROOT / name).read_bytes())
    digest.update(os.fsencode(ROOT))
    return digest.hexdigest()
