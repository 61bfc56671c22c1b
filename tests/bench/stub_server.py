"""
A trivial Bot API server for benches: every call succeeds at once, or after a fixed delay; nothing is checked.

`GET /served` tells how many messages it has taken. A call of getUpdates is held, as if nobody wrote.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_BODY = (
    b'{"ok":true,"result":{"message_id":%d,"from":{"id":1,"is_bot":true,"first_name":"Stub"},'
    b'"chat":{"id":1,"type":"private"},"date":1800000000,"text":"x"}}'
)
_ids = itertools.count(1)


class Stub(asyncio.Protocol):
    """Speaks just enough HTTP/1.1: one request after the other on a connection that is kept."""

    delay = 0.0
    served = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with nothing received."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.data = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = self.data[:end].lower()
            length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) if b"content-length:" in head else 0
            if len(self.data) < end + 4 + length:
                return
            self.data = self.data[end + 4 + length :]
            self._take(head[: head.find(b"\r\n")])

    def _take(self, request: bytes) -> None:
        if b"/getupdates" in request:
            return
        if b"/served" in request:
            self._answer(b"%d" % Stub.served)
            return
        Stub.served += b"/sendmessage" in request
        body = _BODY % next(_ids)
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._answer, body)
        else:
            self._answer(body)

    def _answer(self, body: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(_HEAD % len(body) + body)


async def main(delay: float) -> None:
    """Serve until killed; the port is printed."""
    Stub.delay = delay
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0))
