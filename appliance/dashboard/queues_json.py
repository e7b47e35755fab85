"""The queue for programs: the same figures as on the page."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from appliance.dashboard.queues_board import Line, QueuesBoard
from appliance.workload.listing import Filter
from appliance.workload.measures import Span


def as_json(board: QueuesBoard, asked: Filter) -> dict[str, Any]:
    """In the shape that `queues_page.queues` promises."""
    figures, throughput = board.figures(), board.throughput()
    since = figures.oldest_due_at
    return {
        "at": figures.at.isoformat(),
        "workers": {"alive": figures.alive, "wanted": figures.wanted},
        "paused": [
            {"lane": one.lane, "since": one.paused_at.isoformat(), "by": one.paused_by}
            for one in figures.paused
        ],
        "counts": {state.value: count for state, count in figures.counts.items()},
        "jobs": {
            job.value: {state.value: count for state, count in counts.items()}
            for job, counts in figures.by_job.items()
        },
        "oldest_waiting_seconds": _seconds(figures.at - since if since else None),
        "last_24_hours": {
            "wait_p95_seconds": _seconds(figures.pace.wait),
            "run_p95_seconds": _seconds(figures.pace.run),
            "measured": figures.pace.count,
        },
        "refused_afterwards": {"24h": throughput.day_refused, "7d": throughput.week_refused},
        "throughput": {"24h": _spans(throughput.day), "7d": _spans(throughput.week)},
        "state": asked.state.value,
        "rows": [_row(line) for line in board.lines(asked)],
    }


def _row(line: Line) -> dict[str, Any]:
    return {
        "job": line.job.value,
        "id": line.row_id,
        "lane": line.lane,
        "kind": line.detail,
        "who": line.who,
        "attempts": line.attempts,
        "interruptions": line.interruptions,
        "at": line.at.isoformat(),
        "error": line.error,
    }


def _spans(spans: Iterable[Span]) -> list[dict[str, Any]]:
    return [{"at": span.at.isoformat(), "done": span.done, "failed": span.failed} for span in spans]


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else round(length.total_seconds(), 3)
