"""
Tests for what stands around: credentials, the file of identities, the command line.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase

from acsgw.cli import main
from acsgw.errors import AzureError, CannotProvision, NoPermission
from acsgw.provision.command import chosen
from acsgw.provision.credential import find_token
from acsgw.provision.identities import IdentityFile, create_identity

from ..scenarios.house import ACCESS_KEY, API_SECRET, EMULATOR, RESOURCE
from .support import ADVANCED, AZURE, SECRETS, AzureTestCase, read_settings


class CredentialTests(SynchronousTestCase):
    """
    Tests for L{find_token}.
    """

    def test_environment(self) -> None:
        """
        A token of the environment goes first.
        """
        token = find_token({"ACSGW_ARM_TOKEN": " t "}, "https://arm", maybeDeferred)
        assert token is not None
        self.assertEqual(self.successResultOf(token()), "t")

    def test_azure_identity(self) -> None:
        """
        Without one azure-identity is asked, for a token of this Resource Manager;
        nobody logged in is told in one line with the way out.
        """
        scopes = []

        class Token:
            token = "from-azure"

        def get_token(credential: DefaultAzureCredential, scope: str) -> Token:
            scopes.append(scope)
            if len(scopes) > 1:
                raise ClientAuthenticationError("nobody\nis logged in")
            return Token()

        self.patch(DefaultAzureCredential, "get_token", get_token)
        token = find_token({}, "https://arm.example/", maybeDeferred)
        assert token is not None
        self.assertEqual(self.successResultOf(token()), "from-azure")
        self.assertEqual(scopes, ["https://arm.example/.default"])
        error = str(self.failureResultOf(token(), NoPermission).value)
        self.assertTrue(error.startswith("nobody (no Azure credential"), error)
        self.assertIn("az login", error)

    def test_in_the_clear(self) -> None:
        """
        A token is sent by https only, but for this machine.
        """
        for endpoint in ("http://arm.example", "ftp://x", "arm.example"):
            with self.assertRaises(CannotProvision):
                find_token({"ACSGW_ARM_TOKEN": "t"}, endpoint, maybeDeferred)
        find_token({"ACSGW_ARM_TOKEN": "t"}, "http://127.0.0.1:8480", maybeDeferred)


class IdentityFileTests(SynchronousTestCase):
    """
    Tests for L{IdentityFile}.
    """

    def setUp(self) -> None:
        self.path = Path(self.mktemp()) / "state" / "ids.json"

    def test_remembers(self) -> None:
        """
        What is remembered is read by the next one, beside what was there, and only
        by the owner.
        """
        IdentityFile(self.path).remember("a", "gateway", "8:acs:1")
        IdentityFile(self.path).remember("a", "ivr", "8:acs:2")
        self.assertEqual(
            IdentityFile(self.path).read(),
            {"a": {"gateway": "8:acs:1", "ivr": "8:acs:2"}},
        )
        self.assertEqual(os.listdir(self.path.parent), ["ids.json"])
        self.assertEqual(self.path.stat().st_mode & 0o77, 0)

    def test_unusable(self) -> None:
        """
        A file that makes no sense, or cannot be written, is named with the way out.
        """
        self.path.parent.mkdir(parents=True)
        for text in ("nonsense", "[]", '{"a": 1}'):
            self.path.write_text(text)
            with self.assertRaisesRegex(CannotProvision, "--write-identities"):
                IdentityFile(self.path).read()
        with self.assertRaisesRegex(CannotProvision, "cannot be written"):
            IdentityFile(Path("/proc/acsgw/ids.json")).remember("a", "ivr", "x")


class CreateIdentityTests(AzureTestCase):
    """
    Tests for L{create_identity}, with Azure's SDK against the emulator.
    """

    def create(self, endpoint: str, key: str) -> Deferred[str]:
        making = create_identity(endpoint, key, self.http, self.reactor)
        done = Deferred.fromCoroutine(making)
        self.reactor.run_for(1)
        return done

    def test_create(self) -> None:
        """
        A user of the resource is made.
        """
        raw_id = self.successResultOf(self.create(EMULATOR + "/", ACCESS_KEY))
        self.assertTrue(raw_id.startswith(f"8:acs:{RESOURCE}_"))
        _, found = self.request("GET", f"{EMULATOR}/emulator/identities")
        self.assertIn(raw_id, [user["id"] for user in found["identities"]])

    def test_refused(self) -> None:
        """
        A wrong key, or an endpoint that is not there, is told with the way out.
        """
        done = self.create(EMULATOR, "b3RoZXI=")
        text = str(self.failureResultOf(done, AzureError).value)
        self.assertIn("HTTP 401; is the access key", text)
        done = self.create("http://127.0.0.1:1", ACCESS_KEY)
        text = str(self.failureResultOf(done, AzureError).value)
        self.assertIn("http://127.0.0.1:1: no identity could be made", text)

    def test_not_remembered(self) -> None:
        """
        If it could not be remembered, no identity is made.
        """
        nowhere = Path("/proc/acsgw/ids.json")
        _, before = self.request("GET", f"{EMULATOR}/emulator/identities")
        status, _, errors = self.fails(ADVANCED, identities=nowhere)
        self.assertEqual(status, 1)
        self.assertIn(f"{nowhere}: cannot be written", errors)
        _, after = self.request("GET", f"{EMULATOR}/emulator/identities")
        self.assertEqual(before, after)


class CommandLineTests(SynchronousTestCase):
    """
    C{acsgw provision}, as far as it needs no network.
    """

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        for name, value in SECRETS.items():
            self.patch(os, "environ", {**os.environ, name: value})

    def write(self, azure: str, **more: str) -> None:
        tables = {"test": azure, **more}
        text = '[gateway]\npublic_url = "https://gw.example.com"\n'
        for name, table in tables.items():
            (self.folder / "secret").write_text(API_SECRET)
            (self.folder / "key").write_text(ACCESS_KEY)
            text += f'''
[accounts.{name}]
api_id = "{name}"
api_secret_file = "secret"
acs_access_key_file = "key"
acs_endpoint = "https://x.communication.azure.com"
resource_id = "{RESOURCE}"
{table}
'''
        (self.folder / "acsgw.toml").write_text(text)

    def table(self, name: str = "test") -> str:
        pairs = "\n".join(f'{key} = "{value}"' for key, value in AZURE.items())
        return f"[accounts.{name}.azure]\n{pairs}"

    def run_main(self, *words: str) -> tuple[int, str, str]:
        out, errors = io.StringIO(), io.StringIO()
        config = str(self.folder / "acsgw.toml")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            status = main(["provision", "-c", config, *words])
        return status, out.getvalue(), errors.getvalue()

    def test_files(self) -> None:
        """
        --as prints one file, which is nothing but that, and asks nobody.
        """
        self.write(self.table())
        status, out, errors = self.run_main("--as", "arm")
        self.assertEqual(status, 0)
        self.assertIn("resources", json.loads(out))
        self.assertIn("system_topic", errors)
        self.assertIn("resource topic ", self.run_main("--as", "bicep")[1])
        self.assertTrue(self.run_main("--as", "az")[1].startswith("#!/bin/sh\n"))

    def test_several(self) -> None:
        """
        A file is of one account, which has to be chosen.
        """
        self.write(self.table(), other=self.table("other"))
        status, _, errors = self.run_main("--as", "az")
        self.assertEqual(status, 1)
        self.assertIn("choose by --account: test, other", errors)
        status, out, _ = self.run_main("--as", "az", "--account", "other")
        self.assertEqual(status, 0)
        self.assertIn("acsgw-other-gateway", out)

    def test_nothing_to_do(self) -> None:
        """
        Settings that are wrong, an account that there is not, and one without a
        table are told as such.
        """
        self.write("")
        for words, part in (
            ((), "[accounts.NAME.azure]"),
            (("--account", "x"), "there is no account 'x'; there are: test"),
            (("--account", "test"), "no table [accounts.test.azure]"),
        ):
            status, _, errors = self.run_main("--as", "az", *words)
            self.assertEqual(status, 1)
            self.assertIn(part, errors)
        self.write("[accounts.test.azure]")
        status, _, errors = self.run_main()
        self.assertEqual(status, 1)
        self.assertIn("accounts.test.azure.subscription_id: is missing", errors)

    def test_chosen(self) -> None:
        """
        Without a choice it is all accounts that have a table.
        """
        [(account, azure)] = chosen(read_settings(AZURE), ())
        self.assertEqual((account.name, azure), ("test", account.azure))
