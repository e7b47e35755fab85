"""What waits to be made searchable. The words themselves are in tables of FTS5's: see search."""

from typing import Any

from peewee import IntegerField, TextField

from appliance.store.models.rows import Row


class SearchTodo(Row):
    """Something changed, and its words are to be kept anew. Owner: search.indexing.

    Rows come by triggers, in the commit that changes it. Kind "purge": words were taken out, and
    what is left of them in the index is to go too.
    """

    kind: Any = TextField()
    subject_id: Any = IntegerField()

    class Meta:
        table_name = "search_todo"
        indexes = ((("kind", "subject_id"), True),)


class SearchMark(Row):
    """Up to which id messages, or documents' names, are searchable. Owner: search.indexing."""

    kind: Any = TextField(unique=True)
    upto: Any = IntegerField(default=0)

    class Meta:
        table_name = "search_marks"
