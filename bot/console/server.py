"""The console's HTTP server: one aiohttp application on the address that the config gives."""

from __future__ import annotations

from aiohttp import web


class ConsoleServer:
    """Serves *app* on *host* and *port* from `start` to `stop`; port 0 takes a free one, `url` tells which."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        self._host = host
        self._port = port
        self.url = ""

    async def start(self) -> None:
        """Listen. Raises OSError with a remedy when the address is taken or not this machine's."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise OSError(
                error.errno,
                f"{self._host}:{self._port} cannot be listened on ({error.strerror}); stop what uses it, "
                "or choose another address",
            ) from error
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def stop(self) -> None:
        """Answer what is being answered, then close."""
        await self._runner.cleanup()
