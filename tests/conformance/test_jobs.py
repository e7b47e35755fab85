"""The promises of `Jobs`, on each queue: a URL is all that changes."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from appliance.errors import ConfigError, TemporaryError
from appliance.jobs import Jobs
from appliance.queues import open_queue
from appliance.store.work import Later
from appliance.traffic import Traffic
from tests.support import until

Make = Callable[[int], Jobs]


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis of our own, on a Unix socket."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    folder = tmp_path_factory.mktemp("redis")
    socket = folder / "redis.sock"
    command = [
        program,
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--dir",
        str(folder),
        "--save",
        "",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(socket.exists, what="Redis did not start")
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(params=["sqlite", "redis"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Makes Jobs on the queue under test; drained afterwards."""
    url = "sqlite:" if request.param == "sqlite" else request.getfixturevalue("redis_url")
    made: list[Jobs] = []

    def make_jobs(workers: int) -> Jobs:
        queue = open_queue(url, tmp_path)
        queue.huey.storage.flush_all()
        made.append(Jobs(queue, workers, Traffic()))
        return made[-1]

    yield make_jobs
    for jobs in made:
        jobs.drain()


def nothing(_: int, __: Exception) -> None:
    return None


def test_whoever_stops_at_once_after_starting_stops_whole(make: Make) -> None:
    jobs = make(5)
    jobs.start()
    jobs.drain()
    assert jobs.workers() == (0, 5)


def test_a_woken_row_reaches_the_handler_of_its_name(make: Make) -> None:
    jobs, seen = make(2), []
    jobs.on("message", lambda row: seen.append(("message", row)), nothing)
    jobs.on("receipt", lambda row: seen.append(("receipt", row)), nothing)
    jobs.start()

    jobs.wake("message", 7)
    jobs.wake("receipt", 8)

    until(lambda: len(seen) == 2)
    assert sorted(seen) == [("message", 7), ("receipt", 8)]


def test_an_urgent_row_goes_before_those_that_wait(make: Make) -> None:
    jobs, seen = make(1), []
    busy, go_on = threading.Event(), threading.Event()

    def handler(row: int) -> None:
        if row == 0:
            busy.set()
            go_on.wait(10)
        seen.append(row)

    jobs.on("message", handler, nothing)
    jobs.start()
    jobs.wake("message", 0)
    busy.wait(10)
    for row in (1, 2, 3):
        jobs.wake("message", row)
    jobs.wake("message", 99, priority=10)
    until(lambda: jobs._queue.huey.storage.queue_size() == 4)
    go_on.set()

    until(lambda: len(seen) == 5)
    assert seen[:2] == [0, 99]
    assert sorted(seen) == [0, 1, 2, 3, 99]


def test_an_answer_of_later_brings_the_row_again(make: Make) -> None:
    jobs, seen = make(2), []

    def handler(row: int) -> Later | None:
        seen.append(monotonic())
        return Later(timedelta(seconds=1)) if len(seen) == 1 else None

    jobs.on("message", handler, nothing)
    jobs.start()
    jobs.wake("message", 1)

    until(lambda: len(seen) == 2)
    assert seen[1] - seen[0] >= 0.9


def test_an_unforeseen_fault_is_told_and_stops_nobody(make: Make) -> None:
    jobs, told, seen = make(1), [], []

    def handler(row: int) -> None:
        if row == 1:
            raise ZeroDivisionError
        seen.append(row)

    jobs.on("message", handler, lambda row, error: told.append((row, type(error))))
    jobs.start()
    jobs.wake("message", 1)
    jobs.wake("message", 2)

    until(lambda: seen == [2])
    assert told == [(1, ZeroDivisionError)]


def test_five_workers_work_at_once(make: Make) -> None:
    jobs, together = make(5), threading.Barrier(5)
    met: list[int] = []

    def handler(row: int) -> None:
        together.wait(10)
        met.append(row)

    jobs.on("message", handler, nothing)
    jobs.start()
    for row in range(5):
        jobs.wake("message", row)

    until(lambda: len(met) == 5)
    assert jobs.workers() == (5, 5)


def test_draining_lets_the_running_job_end(make: Make) -> None:
    jobs, begun, ended = make(1), threading.Event(), []
    go_on = threading.Event()

    def handler(row: int) -> None:
        begun.set()
        go_on.wait(10)
        ended.append(row)

    jobs.on("message", handler, nothing)
    jobs.start()
    jobs.wake("message", 1)
    begun.wait(10)
    drainer = threading.Thread(target=jobs.drain)
    drainer.start()
    go_on.set()
    drainer.join(10)

    assert ended == [1]


def test_a_worker_that_dies_is_replaced(make: Make) -> None:
    jobs, seen = make(1), []

    def handler(row: int) -> None:
        if row == 1:
            raise SystemExit
        seen.append(row)

    jobs.on("message", handler, nothing)
    jobs.start()
    jobs.wake("message", 1)
    until(lambda: jobs.workers() == (0, 1))
    jobs.wake("message", 2)

    until(lambda: seen == [2])


def test_from_wake_to_work_takes_less_than_50_ms_when_idle(make: Make) -> None:
    jobs, seen = make(5), []
    jobs.on("message", lambda row: seen.append((row, monotonic())), nothing)
    jobs.start()
    waits = []
    for row in range(20):
        started = monotonic()
        jobs.wake("message", row)
        until(lambda: seen and seen[-1][0] == row)  # noqa: B023 - asked at once
        waits.append(seen[-1][1] - started)

    assert sorted(waits)[10] < 0.05


def test_garbage_in_the_queue_file_stops_nothing(tmp_path: Path) -> None:
    jobs, seen = Jobs(open_queue("sqlite:", tmp_path), 2, Traffic()), []
    jobs.on("message", seen.append, nothing)
    jobs.start()
    try:
        jobs.wake("message", 1)
        until(lambda: seen == [1])
        for name in ("queue.db", "queue.db-wal"):
            path = tmp_path / name
            path.write_bytes(b"garbage!" * (path.stat().st_size // 8 + 1))

        def arrives() -> bool:
            jobs.wake("message", 2)
            return 2 in seen

        until(arrives)

        def comes_later() -> bool:
            jobs.wake_later("message", 3, timedelta())
            return 3 in seen

        until(comes_later)
    finally:
        jobs.drain()


def test_a_queue_file_of_garbage_is_replaced_at_start(tmp_path: Path) -> None:
    (tmp_path / "queue.db").write_bytes(b"garbage" * 1000)
    jobs, seen = Jobs(open_queue("sqlite:", tmp_path), 1, Traffic()), []
    jobs.on("message", seen.append, nothing)
    jobs.start()
    try:
        jobs.wake("message", 1)
        until(lambda: seen == [1])
    finally:
        jobs.drain()


def test_a_row_that_cannot_be_taken_now_is_looked_at_again(tmp_path: Path) -> None:
    jobs, seen = Jobs(open_queue("sqlite:", tmp_path), 1, Traffic()), []

    def handler(row_id: int) -> None:
        seen.append(row_id)
        if len(seen) == 1:
            raise TemporaryError("full", timedelta(milliseconds=1), counts=False)

    def broke(row_id: int, error: BaseException) -> None:
        raise AssertionError("nothing was taken, so nothing broke")

    jobs.on("message", handler, broke)
    jobs.start()
    try:
        jobs.wake("message", 1)
        until(lambda: seen == [1, 1])
    finally:
        jobs.drain()


def test_a_worker_that_dies_gives_its_row_back_and_is_replaced(tmp_path: Path) -> None:
    jobs, seen, given_back = Jobs(open_queue("sqlite:", tmp_path), 1, Traffic()), [], []

    def handler(row_id: int) -> None:
        seen.append(row_id)
        if len(seen) == 1:
            raise SystemExit

    jobs.on("message", handler, lambda row_id, _: given_back.append(row_id))
    jobs.start()
    try:
        jobs.wake("message", 1)
        until(lambda: given_back == [1])
        jobs.wake("message", 2)
        until(lambda: seen == [1, 2])
    finally:
        jobs.drain()


def test_a_redis_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Redis does not answer"):
        open_queue(f"unix://{tmp_path}/nobody.sock", tmp_path)
