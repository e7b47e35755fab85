"""An office under torture: the outside, the computer, the process, and what is done to them."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from appliance.demo.stage import free_port
from appliance.simulator.faults import Cut, Slow
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store.work import LEASE
from tests.e2e.office import Office, Running, world
from tests.support import until
from tests.torture.auditor import WAITS, WORK
from tests.torture.machine import Machine

HOUR = 3600  # seconds
REST = LEASE.total_seconds() + 60  # in which something must get done: a dead worker's lease ends
TMPFS = 2 * 1024 * 1024 * 1024  # bytes


@dataclass
class Torture:
    """One run. Every harm leaves the process running, or started again."""

    office: Office
    meta: Meta
    mailbox: Mailbox
    machine: Machine
    chance: random.Random
    running: Running
    is_small: bool = False  # the data folder is on a disk of its own that may be filled

    # -- its life

    def start(self) -> None:
        """Start it; whatever was done to it, it must start."""
        self.running = Running(self.office)
        self.running.await_doors()

    def pause(self, longest: float) -> None:
        """Let it work for a random while."""
        threading.Event().wait(self.chance.uniform(0, longest))

    # -- what is done to it

    def kill(self) -> None:
        self.running.kill()
        self.start()

    def kill_at_start(self) -> None:
        self.running.kill()
        self.running = Running(self.office)
        self.pause(1.0)
        self.running.kill()
        self.start()

    def cut_power(self) -> None:
        """Sometimes the disk had written part of what nobody had synced."""
        self.running.kill()
        self.machine.cut_power(self.chance if self.chance.random() < 0.5 else None)
        self.start()

    def kill_and_lose_queue(self) -> None:
        self.running.kill()
        self._take_queue_away()
        self.start()

    def kill_and_spoil_queue(self) -> None:
        self.running.kill()
        (self.office.data / "queue.db").write_bytes(self.chance.randbytes(20_000))
        self.start()

    def lose_queue(self) -> None:
        self._take_queue_away()
        self.pause(2.0)

    def _take_queue_away(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self.machine.take_away(self.office.data / f"queue.db{suffix}")

    def spoil_queue(self) -> None:
        for name in ("queue.db", "queue.db-wal"):
            path = self.office.data / name
            if path.exists():
                with path.open("r+b") as file:
                    file.write(self.chance.randbytes(20_000))
        self.pause(2.0)

    def fill_disk(self) -> None:
        """Not a byte is left, then there is room again."""
        filler = self.office.data / "filler"
        with filler.open("wb", buffering=0) as file, _until_full():
            while True:
                file.write(bytes(1024 * 1024))
        self.pause(2.0)
        filler.unlink()

    def trouble_meta(self) -> None:
        sends = [500, 429, 503, Slow(1.0), Cut(), Cut(after_accept=True), 500]
        self.meta.faults.on("send", *self.chance.sample(sends, 4))
        self.meta.faults.on("media_info", *self.chance.sample([500, "cut", 429, Slow(0.5)], 2))
        files = ["truncate", "cut", 500, "wrong_bytes", "html"]
        self.meta.faults.on("media_bytes", *self.chance.sample(files, 2))
        self.pause(1.0)

    def send_meta_away(self) -> None:
        self.meta.stop()
        self.pause(1.5)
        self.meta.start()

    def trouble_mail(self) -> None:
        faults = [451, 421, Cut(), Cut(after_accept=True), 452]
        self.mailbox.faults.on("data", *self.chance.sample(faults, 3))
        self.mailbox.faults.on("sender", self.chance.choice(faults))
        self.pause(1.0)

    def send_mail_away(self) -> None:
        self.mailbox.stop()
        self.pause(1.5)
        self.mailbox.start()

    def set_clock(self) -> None:
        """An hour off for a moment or some seconds, then right again: it jumps both ways."""
        self.machine.set_clock(self.chance.choice([-HOUR, HOUR]))
        self.pause(3.0)
        self.machine.set_clock(0)

    def stop_in_download(self) -> None:
        """SIGTERM while files are on their way: it ends by itself, in time and content."""
        self.meta.faults.on("media_bytes", *[Slow(1.5)] * 5)
        self.pause(1.0)
        self.running.stop()
        self.start()

    def end_a_worker(self) -> None:
        self.running.process.send_signal(signal.SIGUSR1)
        self.pause(1.0)

    # -- afterwards

    def calm(self) -> None:
        """No more harm; all that was begun ends, and what failed is tried again by a person."""
        self.meta.faults.clear()
        self.mailbox.faults.clear()
        self.meta.settle(REST)
        self._work_off()
        self._retry_all()
        self._work_off()
        self.meta.settle(REST)
        self._work_off()
        self.running.stop()

    def _work_off(self) -> None:
        """Wait for as long as it goes on: what has piled up may take minutes, but must get less."""
        waiting = self._waiting()
        while waiting:
            try:
                until(lambda left=waiting: self._waiting() < left, REST)  # type: ignore[misc]
            except AssertionError:
                raise AssertionError(f"{waiting} rows are stuck: {self._stuck()}") from None
            waiting = self._waiting()

    def _waiting(self) -> int:
        counts = (
            self.office.rows(f"SELECT count(*) FROM {table} WHERE {WAITS} AND {is_work}")
            for table, is_work in WORK.items()
        )
        return sum(count for ((count,),) in counts)

    def _stuck(self) -> list[object]:
        """Some of the rows that wait, for whoever has to find out why."""
        columns = "id, status, due_at, leased_until, attempts, interruptions, error"
        return [
            (table, row)
            for table, is_work in WORK.items()
            for row in self.office.rows(
                f"SELECT {columns} FROM {table} WHERE {WAITS} AND {is_work} LIMIT 5"
            )
        ]

    def _retry_all(self) -> None:
        with requests.Session() as browser:
            browser.trust_env = False
            self.running.sign_in(browser)
            for (row_id,) in self.office.rows(
                "SELECT id FROM whatsapp_messages WHERE status = 'error'"
            ):
                self.running.retry(browser, row_id)


@contextmanager
def _until_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if "space" not in str(error):
            raise


@contextmanager
def tortured(home: Path, seed: int, **machine: bool) -> Iterator[Torture]:
    """The sample firm on a computer that can be hurt, running, with Meta and a mail server."""
    with world() as (meta, mailbox):
        office = Office.of(home / "data", meta, mailbox)
        office.data.mkdir()
        office.settings |= {"WEBHOOK_PORT": free_port(0), "WHATSAPP_CONFIRM_AFTER": "1s"}
        office.program = "tests.torture.patient"
        computer = Machine(office.data, home / "machine")
        office.around = computer.environ(**machine)
        office.furnish()
        run = Torture(office, meta, mailbox, computer, random.Random(seed), Running(office))
        try:
            run.running.await_doors()
            meta.subscribe(run.running.webhook)
            yield run
        finally:
            run.running.kill()


@contextmanager
def disk(is_small: bool) -> Iterator[Path]:
    """A folder; on a disk of its own if a small one can be mounted. Raises OSError if it can't."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        if is_small:
            _mount(home)
            stack.callback(subprocess.run, ["umount", "-l", str(home)], check=True)
        yield home


def _mount(home: Path) -> None:
    if not shutil.which("mount") or os.geteuid() != 0:
        raise OSError("a small disk can be mounted by root only")
    command = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS}", "greffier-torture", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"no small disk can be mounted here: {done.stderr.strip()}")
