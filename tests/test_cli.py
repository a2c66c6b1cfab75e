"""
Tests for L{acsgw.cli}.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tomllib
import wave
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acsgw import __version__, cli
from acsgw.agent.local.dialogue_file import parse_dialogue
from acsgw.check import problems_here, warnings_here
from acsgw.cli import main
from acsgw.secret_hash import SecretHash
from acsgw.settings import load_settings

from .test_settings import ACCOUNT, HASH, KEY


def settings_file(folder: Path) -> Path:
    """
    @return: one that works, in a new folder.
    """
    folder.mkdir()
    (folder / "key").write_text(KEY)
    lines = [f'{name} = "{value}"' for name, value in ACCOUNT.items()]
    path = folder / "acsgw.toml"
    path.write_text(
        '[gateway]\npublic_url = "https://gw.example.com"\n[accounts.main]\n'
        + "\n".join([*lines, 'acs_access_key_file = "key"'])
    )
    return path


class CliTests(SynchronousTestCase):
    """
    Tests for C{acsgw}.
    """

    def run_main(self, *arguments: str) -> tuple[int, str, str]:
        """
        @return: status, output and errors.
        """
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main(list(arguments))
            except SystemExit as e:
                status = int(e.code or 0)
        return status, out.getvalue(), err.getvalue()

    def write(self) -> Path:
        return settings_file(Path(self.mktemp()))

    def test_check(self) -> None:
        """
        Settings that work are shown as they are in force, with secrets hidden.
        """
        status, out, err = self.run_main("check", "--config", str(self.write()))
        self.assertEqual((status, err), (0, ""))
        self.assertIn('public_url = "https://gw.example.com"\n', out)
        self.assertIn("drain_seconds = 30", out)
        self.assertIn("# acs_access_key is set (hidden)\n", out)
        self.assertIn("# api_secret is set (hidden)\n", out)
        self.assertEqual(
            set(tomllib.loads(out)), {"gateway", "azure", "agent", "accounts"}
        )
        account = tomllib.loads(out)["accounts"]["main"]
        self.assertEqual(account["handover"]["agent_lost"], ["return", "hang up"])
        self.assertEqual(account["variables"]["return_identity"], ["returnIdentity"])
        self.assertEqual(account["variables"]["keep_variables_seconds"], 600)
        self.assertNotIn(KEY, out)
        self.assertNotIn(HASH.rpartition(":")[2], out)

    def test_check_warnings(self) -> None:
        """
        Settings that work are good even where the gateway would be slow; that is said.
        """
        self.assertEqual(list(warnings_here(uses_nvx=True)), [])
        [warning] = warnings_here(uses_nvx=False)
        self.assertIn("NVX", warning)
        self.patch(cli, "USES_NVX", False)
        status, out, err = self.run_main("check", "--config", str(self.write()))
        self.assertEqual(status, 0)
        self.assertIn("public_url", out)
        self.assertEqual(err, f"warning: {warning}\n")

    def test_check_problems(self) -> None:
        """
        Settings that do not work give a status and every problem, on stderr.
        """
        path = self.write()
        path.write_text("[gateway]\nlisten = 7\n")
        status, out, err = self.run_main("check", "--config", str(path))
        self.assertEqual((status, out), (1, ""))
        for part in ("3 problems", "gateway.listen", "gateway.public_url", "accounts"):
            self.assertIn(part, err)

    def test_example(self) -> None:
        """
        The example has the right form, and is not good until it is filled in: each
        placeholder is told.
        """
        status, out, _ = self.run_main("example")
        self.assertEqual(status, 0)
        path = self.write()
        path.write_text(out)
        (path.parent / "acs-access-key").write_text(KEY)
        status, _, err = self.run_main("check", "-c", str(path))
        self.assertEqual(status, 1)
        for key in ("public_url", "api_secret_hash", "acs_endpoint", "resource_id"):
            self.assertIn(f"{key}: is still the example's", err)

    def test_dialogue(self) -> None:
        """
        The embedded agent's own dialogue is a dialogue to start from.
        """
        status, out, _ = self.run_main("dialogue")
        self.assertEqual(status, 0)
        parse_dialogue(out, "it")

    def test_this_machine(self) -> None:
        """
        What this machine lacks is told: a dialogue, places to write to, and a
        variable of the environment that nobody reads.
        """
        path = self.write()
        text = path.read_text().replace(
            "[accounts", 'state_dir = "key/x"\n[accounts', 1
        )
        text = text.replace("[accounts", 'recordings_dir = "key"\n[accounts', 1)
        path.write_text(
            text + '\nrecord = true\n[agent.local]\ndialogue = "nowhere.toml"\n'
        )
        settings = load_settings(path, {})
        found = list(problems_here(settings, {"ACSGW_ACCOUNTS_MIAN_API_SECRET": "x"}))
        for part in (
            "ACSGW_ACCOUNTS_MIAN_API_SECRET: this variable",
            "agent.local.dialogue: ",
            "recordings cannot be written",
            "gateway.state_dir: ",
        ):
            self.assertTrue([p for p in found if p.startswith(part)], (part, found))

    def test_fallback(self) -> None:
        """
        What callers fall back on is shown; a prompt that cannot be played is told
        before anybody calls.
        """
        path = self.write()
        path.write_text(path.read_text() + '\nfallback_prompt = "sorry.wav"\n')
        status, _, err = self.run_main("check", "-c", str(path))
        self.assertEqual(status, 1)
        self.assertIn("accounts.main.fallback_prompt: ", err)
        with wave.open(str(path.parent / "sorry.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(320))
        status, out, err = self.run_main("check", "-c", str(path))
        self.assertEqual((status, err), (0, ""))
        self.assertIn("resume_after_failed_transfer = true\n", out)
        self.assertIn('/sorry.wav"\n', out)
        self.assertIn("# fallback_to is not set\n", out)

    def test_hash_secret(self) -> None:
        """
        A new secret is printed with its hash, ready for the settings.
        """
        status, out, _ = self.run_main("hash-secret")
        self.assertEqual(status, 0)
        secret = out.splitlines()[0].rpartition(" ")[2]
        hashed = out.splitlines()[1].removeprefix('api_secret_hash = "')
        self.assertTrue(SecretHash.parse(hashed.removesuffix('"')).matches(secret))

    def test_hash_given_secret(self) -> None:
        """
        A secret that is given is hashed, and not printed; a short one is refused.
        """
        self.patch(sys, "stdin", io.StringIO("a-secret-that-is-long-enough\n"))
        status, out, _ = self.run_main("hash-secret", "--stdin")
        self.assertEqual(status, 0)
        self.assertNotIn("long-enough", out)
        self.patch(sys, "stdin", io.StringIO("short\n"))
        status, out, err = self.run_main("hash-secret", "--stdin")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("has 5 characters; at least 20", err)

    def test_version(self) -> None:
        """
        The version is the package's.
        """
        self.assertEqual(self.run_main("--version")[:2], (0, f"acsgw {__version__}\n"))

    def test_nothing(self) -> None:
        """
        Without a command there is a usage, and a status.
        """
        status, _, err = self.run_main()
        self.assertEqual(status, 2)
        self.assertIn("usage: acsgw", err)


class NobodyReadsTests(SynchronousTestCase):
    """
    Whoever reads the output has seen enough, as in C{acsgw check | head -1}.
    """

    def run_unread(self, code: str, *arguments: str, errors: bool = False) -> Any:
        """
        @param errors: are they not read either?

        @return: status and errors of a process of its own.
        """
        read, write = os.pipe()
        os.close(read)
        try:
            done = subprocess.run(
                [sys.executable, "-c", code, *arguments],
                stdout=write,
                stderr=write if errors else subprocess.PIPE,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                timeout=60,
            )
        finally:
            os.close(write)
        return done.returncode, (done.stderr or b"").decode()

    def test_quiet(self) -> None:
        """
        Every command ends without a complaint, with the status of one that SIGPIPE
        ended.
        """
        config = settings_file(Path(self.mktemp()))
        for command in ("example", "dialogue", "hash-secret", f"check -c {config}"):
            ended = self.run_unread(MAIN, *command.split())
            self.assertEqual(ended, (141, ""), command)
        for command in ("--help", "--version", "recording decrypt --help"):
            _, errors = self.run_unread(MAIN, *command.split())
            self.assertEqual(errors, "", command)

    def test_nobody_reads_errors(self) -> None:
        """
        The same of errors.
        """
        ended = self.run_unread(MAIN, "check", "-c", "none", errors=True)
        self.assertEqual(ended, (141, ""))

    def test_on_the_reactor(self) -> None:
        """
        What takes a while, and may change something, is done to its end.
        """
        done = Path(self.mktemp())
        self.assertEqual(self.run_unread(LASTING, str(done)), (141, ""))
        self.assertTrue(done.exists())


MAIN = "import sys; from acsgw.cli import main; sys.exit(main())"
LASTING = """
import sys, time
from functools import partial
from pathlib import Path
from acsgw import cli, reactor_command

async def command(outside):
    for _ in range(3):
        outside.say("a line")
    Path(sys.argv[1]).touch()
    return 0

say = partial(print, flush=True)
cli._example = lambda _: reactor_command.run_on_reactor(command, time.time, say)
sys.exit(cli.main(["example"]))
"""
