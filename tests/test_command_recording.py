"""
Tests for L{acsgw.command_recording}.
"""

from __future__ import annotations

import contextlib
import io
import json
import wave
from base64 import b64encode
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acsgw.cli import main
from acsgw.recording.sealed import Sealer
from acsgw.recording.wav import WavEncoder

from .recording.world import KEY


class DecryptCommandTests(SynchronousTestCase):
    """
    Tests for C{acsgw recording decrypt}.
    """

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        (self.folder / "there").mkdir(parents=True)
        self.config = self.folder / "acsgw.toml"
        self.config.write_text('[gateway]\nstate_dir = "there"\n')
        self.keys = self.folder / "there" / "recording-keys.json"
        secret = b64encode(KEY.secret).decode()
        ring = {"current": "k1", "keys": {"k1": {"secret": secret}}}
        self.keys.write_text(json.dumps(ring))
        self.sealed = self.folder / "c1.wav.sealed"
        encoder, sealer = WavEncoder(16000, 2), Sealer(KEY, "wav", bytes(32))
        sound = encoder.append(bytes(64000 * 3)) + encoder.finish()
        self.sealed.write_bytes(sealer.append(sound) + sealer.finish())

    def decrypt(self, *arguments: object) -> tuple[int, str, str]:
        """
        @return: status, output and errors.
        """
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main(["recording", "decrypt", *map(str, arguments)])
            except SystemExit as e:
                status = int(e.code or 0)
        return status, out.getvalue(), err.getvalue()

    def refused(self, said: str, *arguments: object) -> None:
        status, out, err = self.decrypt(*arguments)
        self.assertEqual((status, out), (1, ""))
        self.assertIn(said, err)
        self.assertEqual(err.count("\n"), 1)

    def test_decrypted(self) -> None:
        """
        Beside it lies what can be heard; the keys are those of the settings.
        """
        status, out, err = self.decrypt(self.sealed, "-c", self.config)
        target = self.folder / "c1.wav"
        self.assertEqual((status, out, err), (0, f"{target}: 3.0 s\n", ""))
        with wave.open(str(target)) as file:
            self.assertEqual(file.getnframes(), 48000)
        self.refused("there already", self.sealed, "-c", self.config)

    def test_elsewhere(self) -> None:
        """
        Keys may come from a copy, and the name may be another.
        """
        target = self.folder / "x"
        status, _, _ = self.decrypt(self.sealed, "-k", self.keys, "-o", target)
        self.assertEqual((status, target.stat().st_size), (0, 44 + 192000))

    def test_incomplete(self) -> None:
        """
        What is missing is said, with a status of its own.
        """
        self.sealed.write_bytes(self.sealed.read_bytes()[:-5000])
        status, out, err = self.decrypt(self.sealed, "-k", self.keys)
        self.assertEqual(status, 2)
        self.assertIn("c1.wav: ", out)
        self.assertIn("the end is missing", err)

    def test_refused(self) -> None:
        """
        Whatever is wrong is told in a line.
        """
        keys = ("-k", self.keys)
        self.refused("No such file", self.folder / "none.sealed", *keys)
        self.refused("say where with -o", self.config, *keys)
        self.refused("not a sealed", self.config, *keys, "-o", self.folder / "y")
        self.refused(
            "name the file of keys", self.sealed, "-c", self.folder / "no.toml"
        )
        self.refused("there is no such file", self.sealed, "-k", self.folder / "no")
        self.config.write_text("gateway = 1")
        self.refused("name the file of keys", self.sealed, "-c", self.config)
        self.config.write_text("[gateway]\nstate_dir = 7")
        self.refused("name the file of keys", self.sealed, "-c", self.config)
        self.keys.write_text("{}")
        self.refused("restore it from a copy", self.sealed, *keys)
        self.refused("No such file", self.sealed, "-o", self.folder / "no" / "x")
