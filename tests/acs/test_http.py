"""
Tests for L{acsgw.acs.http.read_body}.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseDone

from acsgw.acs.http import TooMuch, read_body


class Response:
    """
    One whose body comes when the test says so; also its own connection.

    @ivar closed: has the reader had enough?
    """

    def __init__(self) -> None:
        self.code = 404
        self.reader: Any = None
        self.closed = False

    def deliverBody(self, reader: Any) -> None:
        self.reader = reader
        reader.makeConnection(self)

    def loseConnection(self) -> None:
        self.closed = True


class ReadBodyTests(SynchronousTestCase):
    """
    Bodies, good and endless.
    """

    def setUp(self) -> None:
        self.response = Response()
        self.reading = read_body(self.response, 5)

    def end(self, reason: Exception) -> None:
        self.response.reader.connectionLost(Failure(reason))

    def test_whole(self) -> None:
        """
        As many bytes as are allowed are read, and the connection stays.
        """
        for piece in (b"abc", b"de"):
            self.response.reader.dataReceived(piece)
        self.end(ResponseDone())
        self.assertEqual(self.successResultOf(self.reading), b"abcde")
        self.assertFalse(self.response.closed)

    def test_too_much(self) -> None:
        """
        One byte more, and the connection is given up; what still comes is nothing.
        """
        self.response.reader.dataReceived(b"abcdef")
        self.failureResultOf(self.reading, TooMuch)
        self.assertTrue(self.response.closed)
        self.response.reader.dataReceived(b"g")
        self.end(ResponseDone())

    def test_given_up(self) -> None:
        """
        Who waits no longer ends the connection, or it would trickle on for ever.
        """
        self.response.reader.dataReceived(b"a")
        self.reading.cancel()
        self.assertTrue(self.response.closed)
        self.failureResultOf(self.reading, CancelledError)
        self.end(ConnectionLost())

    def test_torn(self) -> None:
        """
        A body that ends too early is none.
        """
        self.response.reader.dataReceived(b"a")
        self.end(ConnectionLost())
        self.failureResultOf(self.reading, ConnectionLost)
