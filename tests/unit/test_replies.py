"""Who is told what about a document."""

from appliance.replies.announcements import (
    Announcements,
    Facts,
    Kind,
    about_document,
    about_failure,
)


def told(**changes: bool) -> Announcements:
    usual = {"is_known": True, "is_filed": True, "is_from_a_group": False, "is_duplicate": False}
    return about_document(Facts(**{**usual, **changes}))


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


def test_a_document_of_a_client_with_several_dossiers_asks_which_one() -> None:
    assert told(is_filed=False, asks=True).to_sender == Kind.ASK_DOSSIER
    assert told(is_filed=True, asks=True).to_sender == Kind.CONFIRMATION


def test_a_closed_firm_says_so_only_to_whom_it_answers() -> None:
    facts = Facts(is_known=True, is_filed=True, is_from_a_group=True, is_duplicate=False)
    assert not about_document(facts, with_hours=True).with_hours


def test_who_can_mend_a_failure_hears_of_it() -> None:
    told_both = about_failure(is_theirs_to_mend=True, is_from_a_group=False)
    assert told_both == Announcements(Kind.CONFIRMATION, Kind.FAILED, is_unreadable=True)
    ours = about_failure(is_theirs_to_mend=False, is_from_a_group=False)
    assert ours == Announcements(None, Kind.FAILED)
