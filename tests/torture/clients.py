"""Clients who write one after another, in every way Meta passes on, until they are told to stop."""

import hashlib
import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from appliance.demo import cast
from appliance.simulator.whatsapp import Meta

SENDERS = (cast.BEN_YOUSSEF, cast.CARTHAGE, cast.MANSOUR, cast.GHARBI, cast.STRANGER)
LARGEST = 60_000  # bytes of a document
FEWEST, MOST = 2, 1000  # messages that Meta puts into one body


@dataclass(frozen=True)
class Piece:
    """A document that somebody sent."""

    wamid: str
    sender: str
    sha256: str


@dataclass
class Clients:
    """Writes from a thread of its own. What was written is what the auditor starts from."""

    meta: Meta
    chance: random.Random
    pause: float = 0.08  # seconds between two messages
    pieces: list[Piece] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    _contents: dict[str, bytes] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="clients")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self.pause):
            self.write()

    def write(self) -> None:
        """A document mostly; sometimes many in one body, words, or one that was sent before."""
        kind = self.chance.random()
        if kind < 0.003:
            self._in_one_body(self._says, self.chance.randint(FEWEST, MOST))
        elif kind < 0.02:
            self._in_one_body(self._send_twins, self.chance.randint(FEWEST, 5))
        elif kind < 0.06:
            self._in_one_body(self.send, self.chance.randint(FEWEST, 20))
        elif kind < 0.16:
            self._says()
        elif kind < 0.22:
            self.meta.repeat(self.chance.choice(self.pieces).wamid if self.pieces else None)
        elif kind < 0.28 and self.pieces:
            self._sends_again(self.chance.choice(self.pieces))
        else:
            self.send()

    def _in_one_body(self, act: Callable[[], None], count: int) -> None:
        with self.meta.batch():
            for _ in range(count):
                act()

    def _says(self) -> None:
        phone = self.meta.phone(self.chance.choice(SENDERS), "somebody")
        self.texts.append(phone.writes(f"Bonjour, ma question n° {len(self.texts)}"))

    def _send_twins(self) -> None:
        """The same file twice in a moment, as when somebody taps twice."""
        self.send()
        self._sends_again(self.pieces[-1])

    def send(self) -> None:
        """A document of its own."""
        filler = os.urandom(self.chance.randint(8, LARGEST // 2)).hex()
        self._give(self.chance.choice(SENDERS), cast.pdf(f"document {len(self.pieces)}", filler))

    def _sends_again(self, piece: Piece) -> None:
        self._give(piece.sender, self._contents[piece.sha256])

    def _give(self, sender: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()
        self._contents[digest] = content
        phone = self.meta.phone(sender, "somebody")
        wamid = phone.sends(content, filename=f"piece {len(self.pieces)}.pdf")
        self.pieces.append(Piece(wamid, sender, digest))
