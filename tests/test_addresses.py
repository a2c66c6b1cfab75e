"""
Tests for L{acsgw.addresses}.
"""

from __future__ import annotations

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.addresses import (
    CALLBACKS,
    MEDIA,
    VARIABLES,
    Addresses,
    TokenPath,
    masked,
    read_token_path,
    without_token,
)


class AddressesTests(SynchronousTestCase):
    """
    The URLs that we give out, and what comes back.
    """

    def test_urls(self) -> None:
        """
        Media comes to wss, the rest to https; a prefix and a port are kept.
        """
        addresses = Addresses("https://gw.example.com:8443/acs")
        self.assertEqual(
            addresses.media_url("c1", "t1"),
            "wss://gw.example.com:8443/acs/v1/media/c1/t1",
        )
        self.assertEqual(
            addresses.callback_url("c1", "t1"),
            "https://gw.example.com:8443/acs/v1/callbacks/c1/t1",
        )
        self.assertEqual(
            addresses.variables_url("r1", "t1"),
            "https://gw.example.com:8443/acs/v1/variables/r1/t1",
        )
        self.assertEqual(
            read_token_path("/v1/variables/r1/t1", VARIABLES), TokenPath("r1", "t1")
        )

    def test_without_tls(self) -> None:
        """
        Without TLS, as on one machine, media comes to ws.
        """
        media = Addresses("http://127.0.0.1:8080").media_url("c1", "t1")
        self.assertEqual(media, "ws://127.0.0.1:8080/v1/media/c1/t1")

    def test_back(self) -> None:
        """
        Call and token are read from the path, or the token from the query.
        """
        for uri in ("/v1/media/c1/t1", "/v1/media/c1?token=t1", "/v1/media/c1/t1?x=y"):
            self.assertEqual(read_token_path(uri, MEDIA), TokenPath("c1", "t1"))

    def test_not_ours(self) -> None:
        """
        Anything else has no token.
        """
        for uri in (
            *("", "/", "/v1/media", "/v1/media/", "/v1/media/c1", "/v1/media//t1"),
            *("/v1/media/c1/", "/v1/media/c1/t1/more", "/v1/media/c1?token="),
            *("/v1/media?token=t1", "/v1/callbacks/c1/t1", "v1/media/c1/t1"),
            "/prefix/v1/media/c1/t1",
        ):
            self.assertIsNone(read_token_path(uri, MEDIA), uri)

    def test_for_the_log(self) -> None:
        """
        What is logged holds call and path, and neither token nor query.
        """
        for uri, shown in (
            ("/v1/media/c1/SECRET", "/v1/media/c1/..."),
            ("/v1/callbacks/c1?token=SECRET", "/v1/callbacks/c1/..."),
            ("/v1/media/c1/SECRET/more", "/v1/media/..."),
            ("/v1/acs-events?code=SECRET", "/v1/acs-events"),
            ("/prefix/v1/media/c1/SECRET", "/prefix/v1/media/..."),
            ("//v1/callbacks/c1/SECRET", "//v1/callbacks/..."),
        ):
            self.assertEqual(without_token(uri), shown)
        self.assertLessEqual(len(without_token("/" + "x" * 10_000)), 200)

    @given(
        st.sampled_from([MEDIA, CALLBACKS, VARIABLES]),
        st.text(st.sampled_from("/?&=%.a"), max_size=8),
        st.text(st.sampled_from("/?&=%.a"), max_size=8),
    )
    @settings(derandomize=True, deadline=None, max_examples=200, database=None)
    def test_never_logged(self, below: str, before: str, after: str) -> None:
        """
        Whatever stands around it, the token is not in the log.
        """
        shown = without_token(f"/{before}/{below}/c1/SECRET{after}")
        self.assertNotIn("SECRET", shown)


class MaskedTests(SynchronousTestCase):
    """
    Tests for L{masked}.
    """

    def test_masked(self) -> None:
        """
        Of a number the last four digits are shown, of a user the end, of what is
        too short nothing.
        """
        for identity, shown in (
            ("4:+14255550123", "...0123"),
            ("+14255550123", "...0123"),
            ("4:+14", "..."),
            ("8:acs:6b5f2c1e_0000002b-8b3a0d00a1f2", "8:acs:...0d00a1f2"),
            ("", "unknown"),
            ("4:", "unknown"),
        ):
            self.assertEqual(masked(identity), shown)
