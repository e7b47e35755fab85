"""A firm after years of work: rows and files for an appliance that does not run."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from peewee import Model

from appliance.seeking import indexed
from appliance.store import models
from tests.bench import past
from tests.bench.past import FIRST_ID, Years

__all__ = ["FIRST_ID", "Years", "fill", "now"]


def fill(data: Path, years: Years) -> None:
    """Write all of it into the store of an appliance that does not run, and its files."""
    with closing(sqlite3.connect(data / "greffier.db")) as store, store:
        store.execute("PRAGMA foreign_keys = off")
        store.execute("PRAGMA synchronous = off")
        for model, found in _rows(years):
            _insert(store, model, found)
        _put_words(store)
        store.execute("ANALYZE")
    _put_files(data, years)


def _rows(years: Years) -> Iterator[tuple[type[Model], Iterator[dict[str, Any]]]]:
    yield models.Client, past.clients(years)
    yield models.Contact, past.contacts(years)
    yield models.Dossier, past.dossiers(years)
    yield models.Correspondent, past.correspondents(years)
    yield models.Identifier, past.identifiers(years)
    yield models.Document, past.documents(years)
    yield models.Act, past.acts(years)
    yield models.Deadline, past.deadlines(years)
    yield models.Sight, past.sights(years)
    yield models.DocumentText, past.texts(years)
    yield models.WebhookBody, past.bodies(years)
    yield models.Message, past.messages(years)
    yield models.Outgoing, past.outbox(years)
    yield models.Chore, past.chores(years)
    yield models.AuditEntry, past.audit(years)


def _insert(store: sqlite3.Connection, model: Any, found: Iterator[dict[str, Any]]) -> None:
    """With the defaults that the model gives to columns of which nothing is said."""
    meta = model._meta
    usual = {
        field.column_name: field.default
        for field in meta.sorted_fields
        if field.default is not None and not callable(field.default)
    }
    columns: list[str] = []
    batch = []
    for row in found:
        whole = usual | row
        columns = columns or list(whole)
        batch.append(tuple(whole[name] for name in columns))
    named = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    store.executemany(f'INSERT INTO "{meta.table_name}" ({named}) VALUES ({marks})', batch)


def _put_words(store: sqlite3.Connection) -> None:
    texts = store.execute("SELECT document_id, text FROM document_texts").fetchall()
    put = "INSERT INTO document_words (rowid, words) VALUES (?, ?)"
    store.executemany(put, ((key, indexed(text)) for key, text in texts))


def _put_files(data: Path, years: Years) -> None:
    """What the rows say of the disk is true: an inventory misses nothing."""
    for row in past.documents(years):
        media = data / "media" / row["sha256"][:2] / row["sha256"]
        media.parent.mkdir(parents=True, exist_ok=True)
        media.write_bytes(past.content(row["id"] - past.FIRST_ID))
        place = data / "Dossiers" / row["local_path"]
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(media, place)


def now() -> datetime:
    """When the years end: at the beginning of this hour."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
