"""HTTP connections whose answers end at a deadline, however slowly the bytes drip.

A socket's own timeout starts anew with every byte, so a server that sends one a second would hold a tick for ever.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
import typing
from http.client import HTTPConnection, HTTPSConnection
from typing import Any


class _DrippingReader(io.RawIOBase):
    """The reading side of a socket; each read waits only for what is left of the time."""

    def __init__(self, stream: io.RawIOBase, wire: _Wire) -> None:
        self._stream = stream
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._wire.set_timeout()
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Wire:
    """What ``http.client`` uses of a socket, with a deadline on the steady clock."""

    def __init__(self, wire: socket.socket, deadline: float) -> None:
        self.socket = wire
        self.deadline = deadline

    def set_timeout(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)

    def sendall(self, content: bytes) -> None:
        self.set_timeout()
        self.socket.sendall(content)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DrippingReader(self.socket.makefile("rb", buffering=0), self))

    def close(self) -> None:
        self.socket.close()


class Connection:
    """A connection to one server that is kept between requests."""

    def __init__(self, host: str, port: int | None, *, tls: ssl.SSLContext | None) -> None:
        self.http = HTTPSConnection(host, port, context=tls) if tls else HTTPConnection(host, port)
        self.used = False

    def expect_within(self, seconds: float) -> None:
        """Set the deadline of the next request; connect if it is not connected."""
        deadline = time.monotonic() + seconds
        wire: Any = self.http.sock
        if wire is not None:
            wire.deadline = deadline
            return
        self.http.timeout = seconds
        self.http.connect()
        wire = self.http.sock
        self.http.sock = typing.cast(Any, _Wire(wire, deadline))

    @property
    def has_hung_up(self) -> bool:
        """Between two requests nothing may come; what comes is the end, or nonsense."""
        wire: Any = self.http.sock
        wire.socket.settimeout(0)
        try:
            wire.socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Hang up."""
        self.http.close()
