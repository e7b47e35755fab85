"""Who is told what about a document."""

from appliance.replies.announcements import Announcements, Kind, about_document


def told(**changes: bool) -> Announcements:
    usual = {"is_known": True, "is_filed": True, "is_from_a_group": False, "is_duplicate": False}
    return about_document(**{**usual, **changes})


def test_a_filed_document_is_confirmed_and_announced() -> None:
    assert told() == Announcements(Kind.CONFIRMATION, Kind.FILED)


def test_a_document_without_a_dossier_asks_the_lawyer() -> None:
    assert told(is_filed=False) == Announcements(Kind.CONFIRMATION, Kind.ACTION_NEEDED)


def test_a_stranger_is_answered_and_reported_as_one() -> None:
    announced = told(is_known=False, is_filed=False)

    assert announced == Announcements(Kind.CONFIRMATION_UNKNOWN, Kind.UNKNOWN_NUMBER)


def test_a_second_copy_is_confirmed_but_not_announced_again() -> None:
    assert told(is_duplicate=True) == Announcements(Kind.CONFIRMATION, None)


def test_a_group_is_never_answered() -> None:
    assert told(is_from_a_group=True, is_known=False, is_filed=False).to_sender is None
