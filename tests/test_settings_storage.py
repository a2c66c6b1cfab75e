"""
Tests for L{acsgw.settings.storage}: the tables of stores for recordings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from acsgw.check import effective, problems_here
from acsgw.settings import Settings
from acsgw.storage.options import AzureBlobOptions, S3Options, UploadOptions

from .test_settings import ACCOUNT, FOLDER, KEY, SettingsTestCase

AZURE = {
    "kind": "azure-blob",
    "account_url": "https://name.blob.core.windows.net/",
    "container": "recordings",
}
S3 = {"kind": "s3", "region": "eu-central-1", "bucket": "recordings"}
SAS = "sv=2025-01-05&sr=c&sp=cw&se=2027-01-01&sig=x%3D"


class StorageSettingsTestCase(SettingsTestCase):
    """
    Settings with stores.
    """

    def given(self, stores: object) -> dict[str, Any]:
        return {
            "gateway": {"public_url": "https://gw.example.com/"},
            "accounts": {
                "main": ACCOUNT,
                "second": {**ACCOUNT, "api_id": "id-2", "acs_access_key_file": "key"},
            },
            "storage": stores,
        }

    def setUp(self) -> None:
        super().setUp()
        self.files["/etc/acsgw/key"] = KEY

    def with_stores(self, **stores: Any) -> Settings:
        return self.parse(self.given(stores))

    def store(self, base: dict[str, Any], **table: Any) -> Any:
        [store] = self.with_stores(archive={**base, **table}).stores
        return store

    def wrong(self, base: dict[str, Any], **table: Any) -> dict[str, str]:
        """
        @return: key and text of each problem.
        """
        return self.all_wrong(archive={**base, **table})

    def all_wrong(self, **stores: Any) -> dict[str, str]:
        parts = (p.partition(": ") for p in self.problems(self.given(stores)))
        return {key.removeprefix("storage."): text for key, _, text in parts}


class KindTests(StorageSettingsTestCase):
    """
    Stores that work.
    """

    def test_none(self) -> None:
        """
        Without a table recordings stay.
        """
        self.assertEqual(self.settings().stores, ())
        self.assertEqual(self.with_stores().stores, ())

    def test_azure_key(self) -> None:
        """
        An account key comes from a file or the environment, and is not shown.
        """
        self.files["/etc/acsgw/storage-key"] = f"{KEY}\n"
        store = self.store(AZURE, account_key_file="storage-key")
        self.assertEqual(
            store,
            AzureBlobOptions(
                name="archive",
                account_url="https://name.blob.core.windows.net",
                container="recordings",
                account_key=KEY,
                upload=UploadOptions(),
            ),
        )
        self.assertNotIn(KEY, repr(store))
        self.environment["ACSGW_STORAGE_ARCHIVE_ACCOUNT_KEY"] = KEY
        self.assertEqual(self.store(AZURE).account_key, KEY)

    def test_azure_token(self) -> None:
        """
        A SAS token may have its question mark, as the portal shows it.
        """
        self.environment["ACSGW_STORAGE_ARCHIVE_SAS_TOKEN"] = f"?{SAS}"
        store = self.store(AZURE)
        self.assertEqual((store.sas_token, store.account_key), (SAS, ""))
        self.assertNotIn("sig", repr(store))

    def test_azure_identity(self) -> None:
        """
        Or the machine's managed identity, or one of several.
        """
        store = self.store(AZURE, managed_identity=True, identity_client_id="id")
        self.assertEqual((store.account_key, store.sas_token), ("", ""))
        self.assertEqual(store.identity_client_id, "id")

    def test_s3(self) -> None:
        """
        Of Amazon's store region and bucket are enough: the role of the machine
        uploads.
        """
        self.assertEqual(
            self.store(S3),
            S3Options(
                name="archive",
                endpoint="",
                region="eu-central-1",
                bucket="recordings",
                upload=UploadOptions(),
            ),
        )

    def test_everything(self) -> None:
        """
        Each setting finds its place; other stores have the bucket in the path.
        """
        self.environment["ACSGW_STORAGE_ARCHIVE_SECRET_KEY"] = "s3cr3t"
        store = self.store(
            S3,
            endpoint="https://s3.example.com",
            access_key_id="AK",
            encryption="aws:kms",
            kms_key_id="k",
            checksums=False,
            accounts="second",
            object_name="x/{account}/{year}/{month}/{day}/{hour}/{call_id}.{ext}",
            delete_after_upload=True,
            ca_file="ca.pem",
        )
        self.assertEqual(
            store,
            S3Options(
                name="archive",
                endpoint="https://s3.example.com",
                region="eu-central-1",
                bucket="recordings",
                access_key_id="AK",
                secret_key="s3cr3t",
                path_style=True,
                encryption="aws:kms",
                kms_key_id="k",
                checksums=False,
                upload=UploadOptions(
                    accounts=("second",),
                    object_name="x/{account}/{year}/{month}/{day}/{hour}/{call_id}.{ext}",
                    delete_after_upload=True,
                    ca_file=FOLDER / "ca.pem",
                ),
            ),
        )
        self.assertNotIn("s3cr3t", repr(store))
        del self.environment["ACSGW_STORAGE_ARCHIVE_SECRET_KEY"]
        here = self.store(S3, endpoint="http://127.0.0.1:9000", path_style=False)
        self.assertFalse(here.path_style)

    def test_one_for_each(self) -> None:
        """
        Accounts may have stores of their own.
        """
        settings = self.with_stores(
            a={**S3, "accounts": ["main"]}, b={**S3, "accounts": ["second"]}
        )
        self.assertEqual([store.name for store in settings.stores], ["a", "b"])


class ProblemTests(StorageSettingsTestCase):
    """
    Stores that cannot work, with the way out.
    """

    def test_kinds(self) -> None:
        """
        The kind must be known.
        """
        self.assertIn("azure-blob, s3", self.wrong({})["archive.kind"])
        self.assertIn("azure-blob, s3", self.wrong({"kind": "ftp"})["archive.kind"])
        self.assertEqual(
            self.all_wrong(archive=1),
            {"archive": "must be a table; write it as [storage.archive]"},
        )
        problems = self.problems(self.given("here"))
        self.assertEqual(problems, ("storage: must be a table; write it as [storage]",))

    def test_azure(self) -> None:
        """
        There must be one way to log in, and everything in its form.
        """
        tables: list[dict[str, Any]] = [{}, {"managed_identity": False}]
        for table in tables:
            text = self.wrong(AZURE, **table)["archive.account_key_file"]
            self.assertIn("exactly one of", text)
            self.assertIn("ACSGW_STORAGE_ARCHIVE_SAS_TOKEN", text)
        self.environment["ACSGW_STORAGE_ARCHIVE_ACCOUNT_KEY"] = "no base64"
        self.environment["ACSGW_STORAGE_ARCHIVE_SAS_TOKEN"] = "token"
        wrong = self.wrong(
            {"kind": "azure-blob"},
            account_url="http://name.example.com",
            container="A",
            identity_client_id="x",
            acount_key_file="x",
        )
        self.assertEqual(
            set(wrong),
            {
                f"archive.{key}"
                for key in (
                    *("account_key_file", "account_key", "sas_token", "account_url"),
                    *("container", "identity_client_id", "acount_key_file"),
                )
            },
        )
        self.assertIn("insecure = true", wrong["archive.account_url"])

    def test_secret_files(self) -> None:
        """
        A file that cannot be read is one problem, not two.
        """
        for base, key in ((AZURE, "account_key_file"), (AZURE, "sas_token_file")):
            self.assertEqual(set(self.wrong(base, **{key: "no"})), {f"archive.{key}"})
        wrong = self.wrong(S3, access_key_id="AK", secret_key_file="no")
        self.assertEqual(set(wrong), {"archive.secret_key_file"})
        wrong = self.wrong(S3, access_key_id="AK", secret_key="s")
        self.assertIn("archive.secret_key", wrong)

    def test_s3(self) -> None:
        """
        Key and secret belong together, and everything has its form.
        """
        wrong = self.wrong(S3, access_key_id="AK")
        self.assertIn("SECRET_KEY", wrong["archive.secret_key_file"])
        self.environment["ACSGW_STORAGE_ARCHIVE_SECRET_KEY"] = "s"
        wrong = self.wrong(
            {"kind": "s3"},
            endpoint="http://s3.example.com",
            encryption="rot13",
            kms_key_id="k",
            region="EU!",
            bucket="a",
            path_style="yes",
        )
        self.assertEqual(
            set(wrong),
            {
                f"archive.{key}"
                for key in (
                    *("endpoint", "encryption", "kms_key_id", "region", "bucket"),
                    *("access_key_id", "path_style"),
                )
            },
        )

    def test_object_names(self) -> None:
        """
        Names must be different for each recording, and good for every store.
        """
        for pattern, part in (
            ("{account}.{ext}", "no {call_id}"),
            ("{call_id}", "does not end with .{ext}"),
            ("{who}/{call_id}.{ext}", "{who} is not known"),
            ("{call_id:>9}.{ext}", "{call_id:>9} is not known"),
            ("{call_id}}.{ext}", "single brace"),
            ("/{call_id}.{ext}", "begins with /"),
            ("a//{call_id}.{ext}", "part that is empty"),
            ("../{call_id}.{ext}", "part that is empty, . or .."),
            ("a b/{call_id}.{ext}", "characters"),
            ("x" * 600 + "{call_id}.{ext}", "longer than 512"),
        ):
            wrong = self.wrong(S3, object_name=pattern)
            self.assertIn(part, wrong["archive.object_name"], pattern)

    def test_accounts(self) -> None:
        """
        Each account's recordings go to one place, which is there.
        """
        wrong = self.wrong(S3, accounts=["main", "nobody"])
        self.assertIn("'nobody' is not an account", wrong["archive.accounts"])
        wrong = self.all_wrong(a=S3, b={**S3, "accounts": ["main"]})
        self.assertIn("of main go to storage.a already", wrong["b.accounts"])
        wrong = self.all_wrong(a={**S3, "accounts": ["main"]}, b=S3)
        self.assertIn("storage.a already", wrong["b.accounts (without it"])

    def test_names(self) -> None:
        """
        Two stores must not share variables of the environment.
        """
        one = {**S3, "accounts": ["main"]}
        wrong = self.all_wrong(**{"a-b": one, "a_b": {**S3, "accounts": ["second"]}})
        self.assertIn("those of storage.a-b", wrong["a_b.(name)"])
        self.assertIn("letters", self.all_wrong(**{"a b": S3})["a b.(name)"])


class CheckTests(StorageSettingsTestCase):
    """
    C{acsgw check}.
    """

    def shown(self, **stores: Any) -> str:
        return "\n".join(effective(self.with_stores(**stores)))

    def test_shown(self) -> None:
        """
        It shows what is in force, without secrets.
        """
        self.environment["ACSGW_STORAGE_A_ACCOUNT_KEY"] = KEY
        self.environment["ACSGW_STORAGE_B_SECRET_KEY"] = "s3cr3t"
        text = self.shown(
            a={**AZURE, "accounts": ["main"], "ca_file": "ca.pem"},
            b={**S3, "accounts": ["second"], "access_key_id": "AK"},
        )
        for line in (
            "[storage.a]",
            'kind = "azure-blob"',
            'container = "recordings"',
            "# account_key is set (hidden)",
            'accounts = ["main"]',
            'ca_file = "/etc/acsgw/ca.pem"',
            "[storage.b]",
            'access_key_id = "AK"',
            "# secret_key is set (hidden)",
            'object_name = "{account}/{date}/{call_id}.{ext}"',
            "delete_after_upload = false",
            "# encryption is not set",
        ):
            self.assertIn(line, text.splitlines())
        for secret in (f'"{KEY}"', "s3cr3t"):
            self.assertNotIn(secret, text)
        del self.environment["ACSGW_STORAGE_A_ACCOUNT_KEY"]
        text = self.shown(a={**AZURE, "managed_identity": True})
        self.assertIn("managed_identity = true", text)

    def test_this_machine(self) -> None:
        """
        A certificate file must be there; variables of stores are known.
        """
        folder = Path(self.mktemp())
        folder.mkdir()
        self.environment["ACSGW_STORAGE_A_SECRET_KEY"] = "s"
        ca_file = (folder / "ca.pem").absolute()
        table = {**S3, "access_key_id": "AK", "ca_file": str(ca_file)}

        def problems() -> list[str]:
            settings = self.with_stores(a=table)
            found = problems_here(settings, self.environment)
            return [p for p in found if "storage" in p.lower()]

        [text] = problems()
        self.assertIn("storage.a.ca_file", text)
        ca_file.write_text("x")
        self.assertIn("has no certificate (PEM)", problems()[0])
        ca_file.write_text("-----BEGIN CERTIFICATE-----\n")
        self.assertEqual(problems(), [])
        self.environment["ACSGW_STORAGE_B_SECRET_KEY"] = "s"
        self.assertIn("is nobody's", problems()[0])
