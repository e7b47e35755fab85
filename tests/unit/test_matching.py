"""Whose document it is."""

from appliance.filing.matching import ClientToAsk, OneDossier, Reason, UnknownSender, find_dossier
from appliance.firm.parties import Candidate


def test_the_only_active_dossier_of_the_only_client_is_certain() -> None:
    assert find_dossier([Candidate(1, (7,))], is_from_a_group=False) == OneDossier(1, 7)


def test_several_active_dossiers_are_for_a_person_to_choose() -> None:
    found = find_dossier([Candidate(1, (7, 8))], is_from_a_group=False)

    assert found == ClientToAsk(1, Reason.SEVERAL_DOSSIERS)


def test_a_client_without_an_active_dossier_is_for_a_person_to_choose() -> None:
    assert find_dossier([Candidate(1, ())], is_from_a_group=False) == ClientToAsk(
        1, Reason.NO_ACTIVE_DOSSIER
    )


def test_nobody_is_assumed_behind_an_unknown_number() -> None:
    assert find_dossier([], is_from_a_group=False) == UnknownSender(Reason.UNKNOWN_NUMBER)


def test_a_number_of_two_clients_names_neither() -> None:
    both = [Candidate(1, (7,)), Candidate(2, (8,))]

    assert find_dossier(both, is_from_a_group=False) == UnknownSender(Reason.SEVERAL_CLIENTS)


def test_what_comes_from_a_group_is_never_a_clients_private_document() -> None:
    assert find_dossier([Candidate(1, (7,))], is_from_a_group=True) == UnknownSender(Reason.GROUP)


def test_what_an_opponent_sends_is_never_filed_though_a_client_has_the_number() -> None:
    found = find_dossier([Candidate(1, (7,))], is_from_a_group=False, is_opposed=True)

    assert found == UnknownSender(Reason.OPPOSING_PARTY)


def test_who_may_have_become_somebody_else_names_no_client() -> None:
    found = find_dossier([Candidate(1, (7,))], is_from_a_group=False, is_withheld=True)

    assert found == UnknownSender(Reason.IDENTITY_CHANGED)
