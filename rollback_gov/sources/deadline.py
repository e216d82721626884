"""HTTP connections whose answers end at a deadline, however slowly the bytes drip, and when somebody wants to stop.

A socket's own timeout starts anew with every byte, so a server that sends one a second would hold a tick for ever; and
Python takes up a system call again after a signal. So the socket never blocks, and we wait in small slices.
"""

from __future__ import annotations

import errno
import io
import os
import select
import socket
import ssl
import time
import typing
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, TypeVar

T = TypeVar("T")
SLICE = 0.1
"""Seconds between two looks at the wish to stop."""


class Stopped(Exception):  # noqa: N818 - a wish, not a defect
    """Somebody wants the run to end, and the answer is not there yet."""


def never() -> bool:
    """Say that nobody wants it to end."""
    return False


class _Patience:
    """A deadline on the steady clock, and the question whether to go on."""

    def __init__(self) -> None:
        self.deadline = 0.0
        self.stopped: Callable[[], bool] = never

    def left(self) -> float:
        """Seconds that are left. Raises TimeoutError or Stopped."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        if self.stopped():
            raise Stopped
        return seconds

    def wait(self, wire: socket.socket, *, writing: bool) -> None:
        """Wait a slice until there is something to read, or room to write."""
        poller = select.poll()
        poller.register(wire, select.POLLOUT if writing else select.POLLIN)
        poller.poll(min(self.left(), SLICE) * 1000)

    def repeat(self, wire: socket.socket, attempt: Callable[[], T], *, writing: bool = False) -> T:
        """Try until the socket is ready for it."""
        while True:
            try:
                return attempt()
            except ssl.SSLWantReadError:
                self.wait(wire, writing=False)
            except ssl.SSLWantWriteError:
                self.wait(wire, writing=True)
            except BlockingIOError:
                self.wait(wire, writing=writing)


class _DrippingReader(io.RawIOBase):
    """The reading side of a socket."""

    def __init__(self, wire: _Wire) -> None:
        self._stream = wire.socket.makefile("rb", buffering=0)
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        return self._wire.patience.repeat(self._wire.socket, lambda: self._read(buffer))

    def _read(self, buffer: Any) -> int:
        count = self._stream.readinto(buffer)
        if count is None:
            raise BlockingIOError
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Wire:
    """What ``http.client`` uses of a socket."""

    def __init__(self, wire: socket.socket, patience: _Patience) -> None:
        self.socket = wire
        self.patience = patience

    def sendall(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            sent = self.patience.repeat(self.socket, lambda part=left: self.socket.send(part), writing=True)  # type: ignore[misc]
            left = left[sent:]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DrippingReader(self))

    def close(self) -> None:
        self.socket.close()


class Connection:
    """A connection to one server that is kept between requests."""

    def __init__(self, host: str, port: int | None, *, tls: ssl.SSLContext | None) -> None:
        self.http = HTTPSConnection(host, port, context=tls) if tls else HTTPConnection(host, port)
        self.used = False
        self._tls = tls
        self._patience = _Patience()

    def expect_within(self, seconds: float, *, stopped: Callable[[], bool] = never) -> None:
        """Set the deadline of the next request; connect if it is not connected.

        ``stopped`` says whether to give up before it; then Stopped is raised. Only finding the server's address, which
        is the system's affair, can neither be stopped nor timed.
        """
        self._patience.deadline = time.monotonic() + seconds
        self._patience.stopped = stopped
        self._patience.left()
        if self.http.sock is None:
            self.http.sock = typing.cast(Any, _Wire(self._connect(), self._patience))

    def _connect(self) -> socket.socket:
        """Try the server's addresses, one after another. Raises the last one's OSError."""
        trouble: OSError = socket.gaierror(socket.EAI_NONAME, "the name has no address")
        for family, kind, protocol, _, place in socket.getaddrinfo(
            self.http.host, self.http.port, type=socket.SOCK_STREAM
        ):
            wire = socket.socket(family, kind, protocol)
            try:
                return self._open(wire, place)
            except OSError as error:
                wire.close()
                trouble = error
            except BaseException:
                wire.close()
                raise
        raise trouble

    def _open(self, wire: socket.socket, place: Any) -> socket.socket:
        wire.setblocking(False)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = wire.connect_ex(place)
        if code == errno.EINPROGRESS:
            self._patience.repeat(wire, lambda: _see_connected(wire), writing=True)
        elif code:
            raise OSError(code, os.strerror(code))
        if self._tls is None:
            return wire
        secured = self._tls.wrap_socket(wire, server_hostname=self.http.host, do_handshake_on_connect=False)
        try:
            self._patience.repeat(secured, secured.do_handshake)
        except BaseException:
            secured.close()
            raise
        return secured

    @property
    def has_hung_up(self) -> bool:
        """Between two requests nothing may come; what comes is the end, or nonsense."""
        wire: Any = self.http.sock
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


def _see_connected(wire: socket.socket) -> None:
    code = wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))
    try:
        wire.getpeername()
    except OSError:
        raise BlockingIOError from None
