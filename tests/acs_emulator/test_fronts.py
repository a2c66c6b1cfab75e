"""
Tests for the control API, the console command, recordings, settings, and the
twistd command.
"""

from __future__ import annotations

import ast
import io
import os
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
from treq.testing import RequestTraversalAgent
from twisted.application.service import IService
from twisted.internet.defer import maybeDeferred
from twisted.internet.testing import MemoryReactorClock
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

import acs_emulator
from acs_emulator import cli
from acs_emulator.assembly import World, build
from acs_emulator.errors import BadWav, SettingsError
from acs_emulator.fronts.wav_files import HeardFile, read_wav
from acs_emulator.model.subscriptions import Schema
from acs_emulator.service import Options
from acs_emulator.settings import Settings, parse_settings

from .support import (
    APP,
    CALLER,
    KEY,
    LINE,
    RESOURCE,
    USER,
    App,
    EmulatorTestCase,
    Speech,
    private_key,
)


class ControlTests(EmulatorTestCase):
    """
    Tests for L{acs_emulator.fronts.control}.
    """

    def test_health(self) -> None:
        """
        A running emulator says so.
        """
        status, body = self.control("GET", "/health")
        self.assertEqual((status, body["status"]), (200, "ok"))
        self.assertEqual(body["version"], acs_emulator.__version__)

    def test_resource(self) -> None:
        """
        Everything that an application must be told can be read.
        """
        self.assertEqual(
            self.control("GET", "/resource"),
            (
                200,
                {
                    "endpoint": "http://127.0.0.1:8480",
                    "access_key": KEY,
                    "connection_string": "endpoint=http://127.0.0.1:8480/;"
                    f"accesskey={KEY}",
                    "immutable_resource_id": RESOURCE,
                    "phone_numbers": [LINE],
                    "users": [USER, f"8:acs:{RESOURCE}_ivr"],
                    "issuer": "http://127.0.0.1:8480",
                    "openid_configuration": "http://127.0.0.1:8480/calling/"
                    ".well-known/acsopenidconfiguration",
                },
            ),
        )

    def test_subscriptions(self) -> None:
        """
        A subscription is active after its handshake, is listed without its
        secrets, and can be deleted.
        """
        body = {
            "endpoint": f"{APP}/events?code=hunter2",
            "headers": {"asapp-api-secret": "hunter2"},
        }
        self.assertEqual(self.control("PUT", "/subscriptions/app", body)[0], 201)
        self.assertEqual(self.app.requests[0].headers["asapp-api-secret"], "hunter2")
        _, listed = self.control("GET", "/subscriptions")
        self.assertEqual([s["name"] for s in listed["subscriptions"]], ["app"])
        self.assertNotIn("hunter2", str(listed))
        self.assertEqual(self.control("DELETE", "/subscriptions/APP")[0], 200)
        self.assertEqual(self.control("DELETE", "/subscriptions/app")[0], 404)
        _, listed = self.control("GET", "/subscriptions")
        self.assertEqual(listed, {"subscriptions": []})

    def test_handshake_fails(self) -> None:
        """
        Event Grid tries twice, then the answer says what the endpoint said.
        """
        from twisted.web.client import readBody

        from acs_emulator.fronts.http_client import WholeBody

        self.app.statuses["/events"] = 401
        asked = self.agent.request(
            b"PUT",
            b"http://emulator.example/emulator/subscriptions/app",
            None,
            WholeBody(b'{"endpoint": "http://app.example/events"}'),
        )
        self.assertNoResult(asked)
        self.advance(5.1)
        self.agent.flush()
        response = self.successResultOf(asked)
        self.assertEqual(response.code, 422)
        content = self.successResultOf(readBody(response))
        self.assertIn(b"answered 401, not 200", content)
        self.assertEqual(len(self.app.requests), 2)

    def test_bad_calls(self) -> None:
        """
        A call that cannot be placed is refused with a reason.
        """
        self.subscribe()
        good = {"from": CALLER, "to": LINE}
        for change, words in (
            ({"to": "+15551234567"}, "to: not a number or user of the resource"),
            ({"to": "home"}, "to: 'home' is neither"),
            ({"from": ""}, "from: '' is neither"),
            ({"form": "x"}, "form: not known"),
            ({"steps": [{}]}, "exactly one of"),
            ({"steps": [{"say": "a.wav"}]}, "a.wav: must be an absolute path"),
            ({"steps": [{"say": "/nowhere/a.wav"}]}, "/nowhere/a.wav: No such file"),
            ({"heard": "out.wav"}, "heard: must be an absolute path"),
            ({"heard": "/nowhere/out.wav"}, "heard: its folder"),
            ({"voip_headers": {"k": 1}}, "voip_headers: must be"),
            ({"voip_headers": {"k": "v" * 1025}}, "at most 1024"),
        ):
            status, body = self.control("POST", "/calls", {**good, **change})
            self.assertEqual(status, 400, change)
            self.assertIn(words, body["error"])
        self.assertEqual(self.control("GET", "/calls"), (200, {"calls": []}))

    def test_voip_headers(self) -> None:
        """
        A call to a user may carry context from the start.
        """
        self.subscribe()
        self.place(to=USER, voip_headers={"k": "v"})
        self.assertEqual(
            self.app.incoming[0]["customContext"]["voipHeaders"], {"k": "v"}
        )

    def test_unknown(self) -> None:
        """
        What there is not is 404, in JSON.
        """
        for path in ("/calls/x", "/nothing"):
            status, body = self.control("GET", path)
            self.assertEqual(status, 404)
            self.assertIn("error", body)

    def test_not_for_web_pages(self) -> None:
        """
        A web page in a browser on this machine cannot place calls.
        """
        headers = {"Origin": "http://evil.example"}
        status, _ = self.http("POST", "/emulator/calls", b"{}", headers)
        self.assertEqual(status, 403)


class WavTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.fronts.wav_files}.
    """

    def path(self) -> str:
        return str(os.path.abspath(self.mktemp() + ".wav"))

    def write(self, rate: int, width: int, channels: int) -> str:
        """
        One second of a tone at half of full scale.
        """
        times = np.arange(rate) / rate
        tone = np.sin(2 * np.pi * 440 * times) * 0.5
        both = np.repeat(tone[:, None], channels, axis=1)
        if width == 1:
            data = (both * 127 + 128).astype(np.uint8).tobytes()
        else:
            whole = (both * (2 ** (8 * width - 1) - 1)).astype("<i4")
            shifted = whole.reshape(-1).view(np.uint8).reshape(-1, 4)
            data = shifted[:, :width].tobytes()
        path = self.path()
        with wave.open(path, "wb") as file:
            file.setparams((channels, width, rate, 0, "NONE", ""))
            file.writeframes(data)
        return path

    def test_formats(self) -> None:
        """
        All rates, widths and channels give the same sound at the media rate.
        """
        for rate in (8000, 16000, 22050, 24000, 44100, 48000):
            for width in (1, 2, 3, 4):
                for channels in (1, 2):
                    recording = read_wav(self.write(rate, width, channels))
                    self.assertEqual(recording.frames, 50)
                    pcm = b"".join(recording.frame(16000, i) for i in range(50))
                    samples = np.frombuffer(pcm, "<i2").astype(float)
                    self.assertEqual(len(samples), 16000)
                    wanted = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000) * 16384
                    middle = slice(1000, 15000)
                    error = np.abs(samples[middle] - wanted[middle]).max()
                    self.assertLess(error, 500, (rate, width, channels))

    def test_extensible(self) -> None:
        """
        The extensible format, with plain PCM in it, is read too.
        """
        form = struct.pack("<HHIIHH", 0xFFFE, 1, 16000, 32000, 2, 16)
        form += struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", 1) + bytes(14)
        data = bytes(640)
        body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
        body += b"LIST" + struct.pack("<I", 3) + b"abc\0"
        body += b"data" + struct.pack("<I", len(data)) + data
        path = self.path()
        Path(path).write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
        self.assertEqual(read_wav(path).frames, 1)

    def test_bad(self) -> None:
        """
        What cannot be played is refused with the file's name and the reason.
        """
        good = Path(self.write(8000, 2, 1)).read_bytes()
        for content, words in (
            (b"hello", "not a WAV file"),
            (good[:36], "no audio in it"),
            (good[:44], "holds no audio"),
            (good[:20] + b"\x07\0" + good[22:], "must be PCM"),
            (good[:24] + struct.pack("<I", 11025) + good[28:], "11025 Hz is not"),
            (good[:22] + b"\x03\0" + good[24:], "3 channels"),
            (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "does not say its format"),
        ):
            path = self.path()
            Path(path).write_bytes(content)
            error = self.assertRaises(BadWav, read_wav, path)
            self.assertIn(f"{path}: ", str(error))
            self.assertIn(words, str(error))

    def test_heard_while_written(self) -> None:
        """
        The file is readable before it is closed, and audio of another rate
        keeps its length.
        """
        path = self.path()
        heard = HeardFile(path, 16000)
        for _ in range(60):
            heard.write(bytes(640), 16000)
        with wave.open(path) as file:
            self.assertEqual(file.getnframes(), 16000)
        heard.write(bytes(960), 24000)
        heard.close()
        with wave.open(path) as file:
            self.assertEqual(file.getnframes(), 61 * 320)


class CommandTests(EmulatorTestCase):
    """
    Tests for L{acs_emulator.cli}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.subscribe()
        self.out = io.StringIO()

    def request(self, *arguments: str) -> dict[str, Any]:
        options = cli._parser().parse_args(["call", "--to", LINE, *arguments])
        return cli.call_request(options)

    def ask(self, method: str, path: str, body: Any) -> dict[str, Any]:
        status, answer = self.http(
            method, path, b"" if body is None else _json(body), {}
        )
        self.assertLess(status, 300, answer)
        return dict(answer)

    def follow(self, **call: Any) -> int:
        request = {"from": CALLER, "to": LINE, **call}
        return cli.follow_call(self.ask, request, self.out, self.advance, None)

    def test_story(self) -> None:
        """
        The story is printed line by line, and a call that was answered and
        ended by the caller is a success.
        """
        self.app.on_incoming = lambda data: self.reactor.callLater(  # type: ignore[assignment]
            0.1, self.answer, data["incomingCallContext"]
        )
        self.assertEqual(self.follow(give_up_after=1), 0)
        lines = self.out.getvalue().splitlines()
        self.assertEqual(lines[0], f"    0.00 s  {CALLER} calls {LINE}")
        self.assertEqual(len(lines), len(set(lines)))
        self.assertIn("the media stream is open", self.out.getvalue())
        self.assertIn("loses patience", self.out.getvalue())

    def test_without_media(self) -> None:
        """
        A call that was answered and had no media stream is a failure, unless that
        was to be so.
        """

        def answer(data: dict[str, Any]) -> None:
            body = self.answer_body(data["incomingCallContext"])
            del body["mediaStreamingOptions"]
            self.rest("POST", "/callConnections:answer", body)

        self.app.on_incoming = lambda data: self.reactor.callLater(0.1, answer, data)  # type: ignore[assignment]
        error = self.assertRaises(cli.CommandFailed, self.follow, give_up_after=1)
        self.assertIn("--without-media", str(error))
        request = {"from": CALLER, "to": LINE, "give_up_after": 1}
        out = self.out
        found = cli.follow_call(self.ask, request, out, self.advance, None, media=False)
        self.assertEqual(found, 0)

    def test_not_answered(self) -> None:
        """
        A call that nobody answers is a failure.
        """
        error = self.assertRaises(cli.CommandFailed, self.follow)
        self.assertIn("not answered in time", str(error))

    def test_wavs(self) -> None:
        """
        Each recording waits for the far end to go quiet; the first one need
        not, and keys keep their own time.
        """
        self.assertEqual(
            self.request("--wav", "/a.wav", "--wav", "/b.wav", "--dtmf", "2.5s:5#"),
            {
                "from": CALLER,
                "to": LINE,
                "steps": [
                    {"after": "quiet 0.8", "say": "/a.wav"},
                    {"after": "quiet 0.8", "say": "/b.wav"},
                    {"after": "at 2.5", "press": "5#", "beside": True},
                ],
            },
        )
        first = self.request("--wav", "/a.wav", "--talk-first")["steps"][0]
        self.assertEqual(first["after"], "pause 0")

    def test_script(self) -> None:
        """
        Paths in a script are relative to the script.
        """
        folder = Path(os.path.abspath(self.mktemp()))
        folder.mkdir()
        script = folder / "caller.toml"
        script.write_text('give_up_after = 9\n[[steps]]\nsay = "a.wav"\n')
        request = self.request("--script", str(script), "--heard", "h.wav")
        self.assertEqual(request["steps"], [{"say": str(folder / "a.wav")}])
        self.assertEqual(request["give_up_after"], 9)
        self.assertEqual(request["heard"], os.path.abspath("h.wav"))

    def test_bad_options(self) -> None:
        """
        What makes no sense is said in a sentence.
        """
        for arguments, words in (
            (["--dtmf", "5"], "such as 2.5s:5"),
            (["--dtmf", "x:5"], "such as 2.5s:5"),
            (["--script", "/nowhere"], "No such file"),
            (["--script", "s", "--wav", "w"], "not both"),
        ):
            error = self.assertRaises(cli.CommandFailed, self.request, *arguments)
            self.assertIn(words, str(error))


def _json(body: Any) -> bytes:
    import json

    return json.dumps(body).encode("utf-8")


class SettingsTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.settings}.
    """

    def parse(self, document: dict[str, Any], listen: str | None = None) -> Settings:
        return parse_settings(document, listen)

    def test_nothing(self) -> None:
        """
        Without any settings there is an emulator on loopback.
        """
        settings = self.parse({})
        self.assertEqual(settings.listen, "tcp:8480:interface=127.0.0.1")
        self.assertEqual(settings.base_url, "http://127.0.0.1:8480")
        self.assertEqual(settings.issuer, settings.base_url)
        self.assertEqual(settings.phone_numbers, (LINE,))
        self.assertEqual(len(settings.users), 1)
        self.assertTrue(settings.strict)
        self.assertTrue(settings.insecure)

    def test_listen(self) -> None:
        """
        The command line goes first; beyond loopback TLS is asked for.
        """
        settings = self.parse({"listen": "tcp:1"}, "tcp:9000")
        self.assertEqual(settings.base_url, "http://127.0.0.1:9000")
        self.assertFalse(settings.insecure)

    def test_example(self) -> None:
        """
        The example file that ships is good.
        """
        import tomllib

        path = Path(acs_emulator.__file__).parent.parent / "examples/emulator.toml"
        settings = self.parse(tomllib.loads(path.read_text("utf-8")))
        self.assertEqual(settings.phone_numbers, (LINE,))

    def test_subscriptions(self) -> None:
        """
        Subscriptions may stand in the file.
        """
        given = {
            "name": "app",
            "endpoint": "http://x/",
            "schema": "cloudeventschemav1_0",
        }
        (found,) = self.parse({"subscriptions": [given]}).subscriptions
        self.assertEqual((found.name, found.schema), ("app", Schema.CLOUD_EVENT))

    def test_problems(self) -> None:
        """
        All that is wrong is said at once, each with its key and the way out.
        """
        document = {
            "listen": "tcp:80a",
            "insecure": "yes",
            "colour": "red",
            "resource": {"access_key": "?", "immutable_id": "x", "users": ["a b"]},
            "timing": {"ring": -1, "rin": 1},
            "transfer": {"fail": ["911"]},
            "subscriptions": [{"name": "app"}],
        }
        error = self.assertRaises(SettingsError, self.parse, document)
        for words in (
            "listen: 'tcp:80a' is not a place to listen",
            "insecure: 'yes' must be true or false",
            "colour: not known",
            "resource.access_key: must be base64",
            "resource.immutable_id: 'x' is not a GUID",
            "resource.users: must be",
            "timing.ring: -1 is not between",
            "timing.rin: not known",
            "transfer.fail: must be a list of numbers",
            "subscriptions: endpoint must be",
        ):
            self.assertIn(words, str(error))
        self.assertEqual(len(error.problems), 10)

    def test_odd_endpoint(self) -> None:
        """
        Where the address does not follow from C{listen} it is asked for.
        """
        error = self.assertRaises(SettingsError, self.parse, {"listen": "unix:/x"})
        self.assertIn("base_url: needed", str(error))

    def test_secret(self) -> None:
        """
        The access key does not show in logs of the settings.
        """
        self.assertNotIn(KEY, repr(self.parse({"resource": {"access_key": KEY}})))


class ServiceTests(SynchronousTestCase):
    """
    Tests for the C{twistd} command and what it builds.
    """

    def options(self, *arguments: str) -> Options:
        options = Options()
        options.parseOptions(arguments)
        return options

    def test_usage(self) -> None:
        """
        What is wrong with options or file is a usage error, not a traceback.
        """
        path = os.path.abspath(self.mktemp())
        Path(path).write_text("x = ")
        for arguments in (
            ["--listen", "tcp:80a"],
            ["--config", "/nowhere/x.toml"],
            ["--config", path],
        ):
            self.assertRaises(UsageError, self.options, *arguments)

    def test_plugin(self) -> None:
        """
        twistd finds the command.
        """
        from twisted.application.service import IServiceMaker
        from twisted.plugin import getPlugins

        names = [plugin.tapname for plugin in getPlugins(IServiceMaker)]
        self.assertIn("acs-emulator", names)

    def test_build(self) -> None:
        """
        The service that is built listens where it was told.
        """
        reactor = MemoryReactorClock()
        service = build(
            self.options("--listen", "tcp:9000:interface=127.0.0.1").settings,
            World(
                reactor=reactor,
                agent=RequestTraversalAgent(App().tree()),
                monotonic=reactor.seconds,
                new_id=lambda: RESOURCE,
                random_bytes=lambda size: b"r" * size,
                private_key=private_key(),
                in_thread=maybeDeferred,
                new_file=io.BytesIO,
                voice=Speech(),
                ears=Speech(),
            ),
        )
        self.assertTrue(verifyObject(IService, service))
        service.privilegedStartService()
        service.startService()
        self.assertEqual([server[0] for server in reactor.tcpServers], [9000])
        self.successResultOf(service.stopService())


class LayerTests(SynchronousTestCase):
    """
    House rules that a machine can check.
    """

    def imports(self, path: Path) -> set[str]:
        found = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add("." * node.level + (node.module or ""))
        return found

    def test_independent(self) -> None:
        """
        The emulator knows nothing of the gateway.
        """
        root = Path(acs_emulator.__file__).parent
        for path in root.rglob("*.py"):
            for name in self.imports(path):
                self.assertNotEqual(name.split(".")[0], "acsgw", path)

    def test_model_is_pure(self) -> None:
        """
        The model knows neither reactor nor HTTP nor sockets, and nothing of
        what is built upon it.
        """
        model = Path(acs_emulator.__file__).parent / "model"
        for path in model.glob("*.py"):
            for name in self.imports(path):
                bad = ("twisted", "klein", "autobahn", "treq", "socket", "time")
                self.assertNotIn(name.split(".")[0], bad, path)
                if name.startswith(".."):
                    self.assertEqual(name, "..errors", path)
