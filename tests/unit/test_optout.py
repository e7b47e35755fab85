"""One word stops what is automatic; a sentence with the word in it does not."""

import pytest

from appliance.replies.optout import OptOut, wish

STOP, START = OptOut.STOP, OptOut.START


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("STOP", STOP),
        ("stop", STOP),
        (" Stop. ", STOP),
        ("STOP !!", STOP),
        ("Stop svp", STOP),
        ("stop merci", STOP),
        ("ARRÊT", STOP),
        ("arret", STOP),
        ("Arrêtez", STOP),
        ("Désabonner", STOP),
        ("se désabonner", STOP),
        ("unsubscribe", STOP),
        ("Opt-out", STOP),
        ("توقف", STOP),
        ("تَوَقَّفْ", STOP),
        ("توقــف", STOP),
        ("إلغاء الاشتراك", STOP),
        ("START", START),
        ("Reprendre", START),
        ("ابدأ", START),
        ("إبدأ", START),
        ("resume", START),
        ("stop, j'ai une question", None),
        ("Arrêt de la cour d'appel", None),
        ("Je ne peux pas m'arrêter", None),
        ("Il faut arrêter la procédure", None),
        ("reprendre rendez-vous", None),
        ("توقف عن العمل أمس", None),
        ("Bonjour", None),
        ("", None),
        (None, None),
        ("merci", None),
    ],
)
def test_a_wish_is_the_whole_message(text: str | None, meant: OptOut | None) -> None:
    assert wish(text) == meant
