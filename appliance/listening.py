"""A door: one WSGI app on one waitress server in one thread."""

import errno
import socket
import threading
import warnings
from contextlib import suppress
from functools import partial
from time import monotonic, time  # noqa: TID251 - waitress tells by it who is idle
from typing import TYPE_CHECKING, Any

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel

from appliance.errors import ConfigError, Fault

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

OVER = 64 * 1024  # bytes
RECEIVE_WITHIN = 30.0  # seconds for a request to be here, whole: three megabytes on a slow line
# Seconds for an answer: a telephone in a tunnel comes back; what the system takes for a slow one
# it takes at once, eighty kilobytes or more, and then nothing until they have arrived.
READ_WITHIN = 120.0
LEAST = 32 * 1024  # bytes that a reader takes in that time
IN_KERNEL = 128 * 1024  # bytes that the system holds for a reader, or we would not see them read
SEND_TOGETHER = 18_000  # bytes: a short answer leaves as one packet, head and body
DRAIN = 5  # seconds for requests under way when the door closes


class _Channel(HTTPChannel):  # type: ignore[misc] # waitress has no types
    """A connection whose request is here, whole, in time, and whose answer is read, or it closes.

    waitress closes who is silent. Who sends a byte a minute would keep a connection for ever, and
    five hundred of them the whole door. Who stops reading keeps the thread that makes the answer,
    and an open file: waitress closes nobody whose line is full.
    """

    def __init__(
        self,
        server: Any,
        connection: socket.socket,
        *at: Any,
        within: float,
        read_within: float,
        **settings: Any,
    ) -> None:
        with suppress(OSError):  # macOS: who is gone already; raised here it would close the door
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, IN_KERNEL)
        self._within = within
        self._read_within = read_within
        self._begun_at: float | None = None  # the request that is still coming in
        self._owed_since: float | None = None  # what waits to be read
        self._taken = 0  # bytes of it, since then
        super().__init__(server, connection, *at, **settings)

    def received(self, data: bytes) -> bool:
        before = self.request
        taken = bool(super().received(data))
        if self.request is not before:
            self._begun_at = monotonic() if self.request is not None else None
        return taken

    def readable(self) -> bool:
        if self._begun_at is not None and monotonic() - self._begun_at > self._within:
            self.will_close = True
        if self._is_unread():
            self.handle_close()  # `will_close` would wait until there is room on the line
        return bool(super().readable())

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent = int(super().send(data, do_close=do_close))
        self._taken += sent
        return sent

    def _is_unread(self) -> bool:
        """Asked whenever the server looks, once a second at least: too little of it was taken.

        While an answer is made, waitress keeps little bits back until they are worth a packet.
        """
        now = monotonic()
        if self.total_outbufs_len < (SEND_TOGETHER if self.requests else 1):
            self._owed_since = None
        elif self._owed_since is None:
            self._owed_since, self._taken = now, 0
        elif now - self._owed_since > self._read_within:
            is_unread = self._taken < LEAST
            self._owed_since, self._taken = now, 0
            return is_unread
        if self._owed_since is not None:
            self.last_activity = time()  # by waitress's clock: who reads slowly is not idle
        return False


class Door:
    """Listens from `open` to `close`. `port` 0 lets the system choose: see `url`.

    `within`: seconds in which a request must have come in, whole; `read_within`: in which whoever
    is answered reads at least a little (`LEAST`). `proxy`: the address from which alone is believed
    what a proxy says: that a browser came by TLS, and from where.
    """

    def __init__(
        self,
        name: str,
        app: "WSGIApplication",
        host: str,
        port: int,
        *,
        threads: int,
        max_body: int,
        within: float = RECEIVE_WITHIN,
        read_within: float = READ_WITHIN,
        proxy: str | None = None,
    ) -> None:
        self.name = name
        self._proxy = proxy
        self._channel = partial(_Channel, within=within, read_within=read_within)
        self._map: dict[int, Any] = {}
        self._server = self._bind(app, host, port, threads=threads, max_body=max_body)
        self.port = int(self._server.effective_port)
        self.url = f"http://{_shown(host)}:{self.port}"
        self._thread = threading.Thread(target=self._server.run, name=f"door-{name}", daemon=True)

    def _bind(
        self, app: "WSGIApplication", host: str, port: int, *, threads: int, max_body: int
    ) -> Any:
        """Raises ConfigError when the address cannot be had."""
        try:
            # `send_bytes` is to go some day (hence waitress < 4); until then a short answer is one
            # packet instead of two, which is a tenth of what an answer costs.
            warnings.filterwarnings("ignore", "send_bytes will be removed", DeprecationWarning)
            made = create_server(
                app,
                map=self._map,
                host=host,
                port=port,
                threads=threads,
                max_request_body_size=max_body + OVER,  # a little over: our own words say 413
                channel_timeout=30,
                cleanup_interval=5,
                connection_limit=500,
                send_bytes=SEND_TOGETHER,
                asyncore_use_poll=True,
                ident=None,  # the software is nobody's business outside
                clear_untrusted_proxy_headers=True,
                **self._trust(),
            )
        except (OSError, ValueError) as error:
            raise ConfigError([Fault(f"[{self.name}] port", _why(error, host, port))]) from error
        made.channel_class = self._channel
        return made

    def _trust(self) -> dict[str, Any]:
        """What a proxy may say, if there may be one."""
        if self._proxy is None:
            return {}
        headers = {"x-forwarded-proto", "x-forwarded-for"}
        return {"trusted_proxy": self._proxy, "trusted_proxy_headers": headers}

    def open(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Take no new request, let those under way end (5 s at most), stop."""
        self._server.trigger.pull_trigger(self._stop_accepting)
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=DRAIN)
        self._server.trigger.pull_trigger(self._close_all)
        self._thread.join(DRAIN)
        self._server.trigger.close()

    def _stop_accepting(self) -> None:
        """In the server's own thread: the listening socket goes, its connections stay."""
        wasyncore.dispatcher.close(self._server)

    def _close_all(self) -> None:
        """In the server's own thread: send what is written; the loop ends with its last socket.

        The trigger's pipe only leaves the loop here: who pulled it may not have written to it yet.
        """
        self._server.trigger.del_channel()
        for channel in list(self._map.values()):
            if getattr(channel, "total_outbufs_len", 0):
                channel.handle_write()
        wasyncore.close_all(self._map)


def fault_of_address(name: str, host: str, port: int) -> Fault | None:
    """Why this door could not be opened there, if so; nothing stays open."""
    try:
        socket.create_server((host, port)).close()
    except (OSError, ValueError) as error:
        return Fault(f"[{name}] port", _why(error, host, port))
    return None


def _why(error: Exception, host: str, port: int) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use by another program: "
            "stop that program, or choose another port in config.ini"
        )
    return f"cannot listen on {host}:{port} ({error}): check host and port in config.ini"


def _shown(host: str) -> str:
    return "127.0.0.1" if host in {"", "0.0.0.0"} else host  # noqa: S104 - only how it is shown
