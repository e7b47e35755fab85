"""One row by what it says, plainly: the statements of the busy path.

Peewee spells each statement anew, which costs several times what SQLite does with it. These are
spelt once and kept. Anything with a join, an order or a count is a query like any other.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from peewee import ForeignKeyField

from appliance.store.models import TABLES, Row

R = TypeVar("R", bound=Row)


def find(table: type[R], **equal: object) -> R | None:
    """The first row whose fields have these values (None: is null), or None."""
    asked = {name: value for name, value in equal.items() if value is not None}
    nulls = tuple(name for name in equal if name not in asked)
    statement = _select(table, tuple(asked), nulls)  # type: ignore[arg-type] # a class, hashable
    values = _execute(table, statement, _stored(table, asked)).fetchone()
    return None if values is None else _made(table, values)


def _made(table: type[R], values: tuple[object, ...]) -> R:
    """A row as it was read: complete, and with nothing to save."""
    made = table(__no_default__=True)
    fields = table._meta.sorted_fields  # the order in which `_select` names the columns
    for field, value in zip(fields, values, strict=True):
        made.__data__[field.name] = field.python_value(value)
    return made


def insert(table: type[R], **values: object) -> R:
    """Inside a unit: a new row with these values and the fields' defaults."""
    given = table._meta.get_default_dict() | values
    made = table(**given)
    statement = _insert(table, tuple(given))  # type: ignore[arg-type] # a class, hashable
    made.id = _execute(table, statement, _stored(table, given)).lastrowid
    return made


def update(table: type[Row], row_id: int, **values: object) -> None:
    """Inside a unit: change these fields of that row."""
    parameters = [*_stored(table, values), row_id]
    statement = _update(table, tuple(values))  # type: ignore[arg-type] # a class, hashable
    _execute(table, statement, parameters)


def run(table: type[Row], statement: str) -> Any:
    """A statement of the caller's own on that table's database; its cursor."""
    return _execute(table, statement, ())


def referring(table: type[Row]) -> list[Any]:
    """The columns, of any table, that refer to rows of this one."""
    columns = [field for other in TABLES for field in other._meta.sorted_fields]
    return [one for one in columns if isinstance(one, ForeignKeyField) and one.rel_model is table]


def is_referred_to(column: Any, row_id: int) -> bool:
    """Whether some row refers to that one by this column."""
    return bool(column.model.select().where(column == row_id).exists())


def _execute(table: type[Row], statement: str, parameters: Iterable[object]) -> Any:
    return table._meta.database.execute_sql(statement, tuple(parameters))


def _stored(table: type[Row], values: dict[str, object]) -> list[object]:
    fields = table._meta.fields
    return [fields[name].db_value(value) for name, value in values.items()]


@cache
def _select(table: type[Row], equal: tuple[str, ...], nulls: tuple[str, ...]) -> str:
    tests = [f"{_column(table, name)} = ?" for name in equal]
    tests += [f"{_column(table, name)} IS NULL" for name in nulls]
    columns = ", ".join(field.column_name for field in table._meta.sorted_fields)
    where = " AND ".join(tests)
    return f"SELECT {columns} FROM {_name(table)} WHERE {where} LIMIT 1"  # noqa: S608 - our names


@cache
def _insert(table: type[Row], names: tuple[str, ...]) -> str:
    columns = ", ".join(_column(table, name) for name in names)
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {_name(table)} ({columns}) VALUES ({marks})"  # noqa: S608 - our own names


@cache
def _update(table: type[Row], names: tuple[str, ...]) -> str:
    changes = ", ".join(f"{_column(table, name)} = ?" for name in names)
    return f"UPDATE {_name(table)} SET {changes} WHERE id = ?"  # noqa: S608 - our own names


def _name(table: type[Row]) -> str:
    return str(table._meta.table_name)


def _column(table: type[Row], name: str) -> str:
    return str(table._meta.fields[name].column_name)
