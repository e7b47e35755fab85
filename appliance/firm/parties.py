"""Who might be writing. Pure values that filing decides upon."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A client who writes from this number or user id, and their active dossiers."""

    client_id: int
    active_dossiers: tuple[int, ...]
