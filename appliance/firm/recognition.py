"""Whom a sender may stand for: a client, or somebody's opponent. Reads; writes nothing.

In plain SQL, since every message asks. Three kinds of names count: those of the message itself, all
that the same person has now (a client whose number is withheld is found by the user id), and, of
someone whose change was confirmed, the former ones. Who is withheld has but the message's own.
"""

import json

from appliance.firm.parties import folded
from appliance.phones import from_wa_id, variants
from appliance.store.database import Store

OPPONENT = "opponent"

# Of the message itself: an entry that is older than the day on which its number or user id went
# from its holder to another is about that former holder.
_CLIENTS = """
SELECT DISTINCT client_id FROM contacts
WHERE value IN (SELECT value FROM json_each(?)) AND claimed_by IS NULL AND NOT EXISTS (
  SELECT 1 FROM identifiers AS gone
  WHERE gone.value IN (SELECT value FROM json_each(?))
    AND gone.ended_at >= contacts.created_at AND NOT EXISTS (
    SELECT 1 FROM identifiers AS still
    WHERE still.correspondent_id = gone.correspondent_id AND still.ended_at IS NULL
      AND still.value IN (SELECT value FROM json_each(?))))
"""
_CLIENTS_BY_FORMER = """
SELECT DISTINCT client_id FROM contacts
WHERE value IN (SELECT value FROM json_each(?)) AND claimed_by IS NULL
"""
_ALSO = """
SELECT json_group_array(json_array(also.value, also.ended_at IS NOT NULL))
FROM identifiers AS held
JOIN correspondents ON correspondents.id = held.correspondent_id
JOIN identifiers AS also ON also.correspondent_id = held.correspondent_id
WHERE held.value IN (SELECT value FROM json_each(?)) AND held.ended_at IS NULL
  AND correspondents.withheld_since IS NULL
"""
_EVER = """
SELECT json_group_array(other.value) FROM identifiers AS held
JOIN identifiers AS other ON other.correspondent_id = held.correspondent_id
WHERE held.value IN (SELECT value FROM json_each(?))
"""
_IN_QUESTION = """
SELECT json_group_array(id) FROM (
  SELECT ? AS id
  UNION SELECT correspondent_id FROM identity_events WHERE settled_at IS NULL AND other_id = ?
  UNION SELECT other_id FROM identity_events
  WHERE settled_at IS NULL AND correspondent_id = ? AND other_id IS NOT NULL)
"""
_HELD_EVER = """
SELECT json_group_array(value) FROM identifiers
WHERE correspondent_id IN (SELECT value FROM json_each(?))
"""
_TAKEN_FOR = """
SELECT DISTINCT client_id FROM correspondent_clients
WHERE correspondent_id IN (SELECT value FROM json_each(?))
"""
_OPPOSED = """
SELECT DISTINCT dossier_id FROM parties
WHERE role = ? AND (number IN (SELECT value FROM json_each(?)) OR (name_key = ? AND name_key <> ''))
"""


def clients(store: Store, sender: str, user_id: str | None) -> list[int]:
    """The clients whose contact this sender is, in order."""
    found: set[int] = set()
    names = {name for name in (sender, user_id) if name}
    now, former = _also(store, names)
    for name in names | now:
        forms = json.dumps(sorted(_forms(name)))
        found.update(_column(store, _CLIENTS, (forms, forms, forms)))
    if former:
        found.update(_column(store, _CLIENTS_BY_FORMER, (json.dumps(sorted(former)),)))
    return sorted(found)


def in_question(store: Store, person_id: int) -> list[int]:
    """The clients for whom somebody in doubt may stand after all: for whom they were ever taken, or
    whose number they ever had; they, or who else the doubt is about.

    Too many rather than one too few: a client whose number changed is found by nothing else.
    """
    people = _value(store, _IN_QUESTION, (person_id, person_id, person_id))
    ever = json.loads(_value(store, _HELD_EVER, (people,)))
    forms = json.dumps(sorted({form for name in ever for form in _forms(name)}))
    listed = _column(store, _CLIENTS_BY_FORMER, (forms,))
    return sorted({*listed, *_column(store, _TAKEN_FOR, (people,))})


def opposed_dossiers(
    store: Store, sender: str, user_id: str | None, profile_name: str | None
) -> list[int]:
    """The dossiers in which the sender, by number or by name, is the opponent.

    Every number counts that the person was ever seen under: here it is safer to know too much.
    """
    names = {name for name in (sender, user_id) if name}
    ever = json.loads(_value(store, _EVER, (json.dumps(sorted(names)),)))
    numbers = {form for name in names.union(ever) for form in _forms(name)}
    numbers_listed = json.dumps(sorted(numbers))
    name_key = folded(profile_name or "")
    return sorted(_column(store, _OPPOSED, (OPPONENT, numbers_listed, name_key)))


def _also(store: Store, names: set[str]) -> tuple[set[str], set[str]]:
    """What else the holder of these names has now, and what the holder had."""
    forms = json.dumps(sorted({form for name in names for form in _forms(name)}))
    held = json.loads(_value(store, _ALSO, (forms,)))
    now = {value for value, has_ended in held if not has_ended}
    former = {form for value, has_ended in held if has_ended for form in _forms(value)}
    return now, former


def _forms(name: str) -> frozenset[str]:
    """How a number may be written in the firm's list; a user id has one form."""
    if not name.startswith("+"):
        return frozenset({name})
    return variants(name) | {from_wa_id(name)}


def _column(store: Store, sql: str, parameters: tuple[object, ...]) -> list[int]:
    return [row_id for (row_id,) in store.execute(sql, parameters).fetchall()]


def _value(store: Store, sql: str, parameters: tuple[object, ...]) -> str:
    found: str = store.execute(sql, parameters).fetchone()[0]
    return found
