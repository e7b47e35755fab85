"""A mail server on a real port that keeps every letter it accepts, and refuses on order."""

import asyncio
import hmac
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from appliance.simulator.bell import Bell
from appliance.simulator.faults import Cut
from appliance.simulator.letters import Letter, letter_from

Step = Literal["auth", "sender", "recipient", "data"]
_WORDS = {
    421: "421 4.3.0 Service not available",
    450: "450 4.2.1 Mailbox temporarily unavailable",
    451: "451 4.3.0 Try again later",
    452: "452 4.2.2 Mailbox full",
    530: "530 5.7.0 Authentication required",
    535: "535 5.7.8 Authentication credentials invalid",
    550: "550 5.1.1 No such mailbox here",
    554: "554 5.7.1 Refused",
}


class MailFaults:
    """`on("data", 451, Cut(after_accept=True))`: one fault for each next time the step is reached.

    A fault is an SMTP code or a Cut: at "data" the letter is kept first if `after_accept`.
    `refuse(address, 550)` lasts until `clear`.
    """

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._queues: defaultdict[str, deque[int | Cut]] = defaultdict(deque)
        self._refused: dict[str, int] = {}

    def on(self, step: Step, *faults: int | Cut) -> None:
        with self._bell:
            self._queues[step].extend(faults)

    def refuse(self, recipient: str, code: int = 550) -> None:
        with self._bell:
            self._refused[recipient.lower()] = code

    def clear(self) -> None:
        with self._bell:
            self._queues.clear()
            self._refused.clear()

    def take(self, step: Step, recipient: str = "") -> int | Cut | None:
        with self._bell:
            if self._queues[step]:
                return self._queues[step].popleft()
            return self._refused.get(recipient.lower())


class _Visit(Session):
    """One connection. A refused account stays refused: clients try one mechanism after another."""

    refused: str | None = None
    login_data: Any = None  # aiosmtpd's own warns of itself in the log


class _Conversation(SMTP):
    def _create_session(self) -> Session:
        return _Visit(self.loop)


class _Hooks:
    """What aiosmtpd asks at each step (aiosmtpd, "handlers")."""

    def __init__(self, mailbox: "Mailbox") -> None:
        self._mailbox = mailbox

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._mailbox.username and not session.authenticated:
            return _WORDS[530]
        refusal = _play(self._mailbox.faults.take("sender"), server)
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = _play(self._mailbox.faults.take("recipient", address), server)
        if refusal is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope
    ) -> str:
        fault = self._mailbox.faults.take("data")
        if fault is None or fault == Cut(after_accept=True):
            self._mailbox.keep(envelope)
        return _play(fault, server) or "250 OK kept"


def _play(fault: int | Cut | None, server: SMTP) -> str | None:
    """The refusal's words. A cut ends the connection, so that nobody hears them."""
    if isinstance(fault, Cut):
        _hang_up(server)
        return _WORDS[421]
    return None if fault is None else _WORDS.get(fault, f"{fault} Refused")


def _hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


class Mailbox:
    """A mail server that keeps what it accepts. With a username it demands AUTH (PLAIN, LOGIN)."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        username: str | None = None,
        password: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.host, self.port = host, port
        self.username, self.password = username, password
        self._clock = clock
        self._bell = Bell()
        self.faults = MailFaults(self._bell)
        self._received: list[Letter] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: asyncio.Event | None = None

    @property
    def received(self) -> list[Letter]:
        """Every letter accepted, in order; a repeated one twice."""
        with self._bell.lock:
            return list(self._received)

    def wait_for(self, count: int, within: float = 10.0) -> list[Letter]:
        """The letters, as soon as there are that many. Raises TimeoutError."""
        if not self._bell.wait_for(lambda: len(self.received) >= count, within):
            raise TimeoutError(f"{len(self.received)} letters after {within} s, not {count}")
        return self.received

    def start(self) -> None:
        """Listen. Started again after a stop, it has the same port and the same letters."""
        listening = socket.create_server((self.host, self.port))
        self.port = listening.getsockname()[1]
        ready = threading.Event()
        served = self._serve(listening, ready)
        self._thread = threading.Thread(target=asyncio.run, args=(served,), daemon=True)
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Stop listening and end all connections."""
        if self._thread and self._loop and self._leave:
            self._loop.call_soon_threadsafe(self._leave.set)
            self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def keep(self, envelope: Envelope) -> None:
        """Take a letter in."""
        raw = envelope.original_content or b""
        sender, recipients = envelope.mail_from or "", list(envelope.rcpt_tos)
        letter = letter_from(raw, sender=sender, recipients=recipients, at=self._clock())
        with self._bell:
            self._received.append(letter)

    async def _serve(self, listening: socket.socket, ready: threading.Event) -> None:
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        sessions: list[SMTP] = []
        server = await self._loop.create_server(lambda: self._session(sessions), sock=listening)
        ready.set()
        async with server:
            await self._leave.wait()
            for session in sessions:
                _hang_up(session)

    def _session(self, sessions: list[SMTP]) -> SMTP:
        """One connection; AUTH works without TLS, since this never leaves the machine."""
        session = _Conversation(
            _Hooks(self),
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
            hostname="simulator.invalid",
        )
        sessions.append(session)
        return session

    def _authenticate(
        self, server: SMTP, visit: Session, _: Envelope, __: str, given: Any
    ) -> AuthResult:
        """`handled=False` lets aiosmtpd answer; True would mean that we already did."""
        assert isinstance(visit, _Visit)
        visit.refused = visit.refused or _play(self.faults.take("auth"), server)
        good = _same(given.login, self.username) and _same(given.password, self.password)
        success = good and visit.refused is None
        return AuthResult(success=success, handled=False, message=visit.refused)


def _same(given: bytes, expected: str | None) -> bool:
    return hmac.compare_digest(given, (expected or "").encode())
