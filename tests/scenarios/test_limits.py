"""
What is too much.
"""

from __future__ import annotations

from twisted.web.http_headers import Headers

from acsgw.acs.http import Body

from .house import API_ID, API_SECRET, GATEWAY, HouseTestCase


class LimitTests(HouseTestCase):
    """
    Requests that are too large.
    """

    def test_large_body(self) -> None:
        """
        A body above 1 MiB is answered with 413.
        """
        headers = Headers({"asapp-api-id": [API_ID], "asapp-api-secret": [API_SECRET]})
        for size, code in ((1024 * 1024, 400), (1024 * 1024 + 1, 413), (5000000, 413)):
            sending = self.http.request(
                "POST",
                f"{GATEWAY}/v1/acs-events",
                data=Body(b" " * size),
                headers=headers,
            )
            self.reactor.run_for(0.5)
            self.assertEqual(self.successResultOf(sending).code, code, size)
