"""Every setting, check, task and screen has its words, and nothing has words that is not there."""

from pathlib import Path

from appliance.clock import SystemClock
from appliance.config import SECTIONS, as_written, read, value_of
from appliance.dashboard.health_page import CHECKS, MENDED_AT_META, MENDS, OUTCOMES
from appliance.dashboard.help_page import TOPIC_OF
from appliance.dashboard.help_texts import TOPICS
from appliance.dashboard.settings_kinds import Kind, composed, kind_of, parts
from appliance.dashboard.settings_page import KEPT_IN, SOURCES
from appliance.dashboard.settings_words import SECTION_WORDS, WORDS
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.upkeep.checks import Patient, checks_of
from appliance.upkeep.settings import Source
from appliance.upkeep.taskbook import Outcome
from appliance.vault import FILE_NAME, SECRETS


def test_every_setting_has_its_words() -> None:
    keys = {(section, key) for section, model in SECTIONS.items() for key in model.model_fields}
    assert set(WORDS) == keys
    assert set(SECTION_WORDS) == set(SECTIONS)
    assert set(SOURCES) == set(Source)
    assert set(KEPT_IN) == {"environment", "keyring", FILE_NAME}


def test_every_check_has_a_name_and_what_can_be_mended_is_known(tmp_path: Path) -> None:
    config = read(None, {"GREFFIER_KEYRING": "off"}, tmp_path)
    from contextlib import nullcontext

    patient = Patient(config, SystemClock(), WhatsAppGateway(config.whatsapp), nullcontext)
    names = {name for check in checks_of(patient) for name in check.names}
    assert names == set(CHECKS)
    assert set(MENDS) | MENDED_AT_META <= names
    assert set(OUTCOMES) == set(Outcome)


def test_every_help_has_three_things_to_do() -> None:
    assert set(TOPIC_OF.values()) <= set(TOPICS)
    assert all(len(topic.acts) == 3 for topic in TOPICS.values())


def test_what_the_fields_of_a_setting_say_is_its_text_again() -> None:
    for section, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            name = (section, key)
            if f"{section}.{key}" in SECRETS or field.is_required():
                continue
            default = field.get_default()
            form = form_of(name, as_written(section, key, default))
            text = composed(name, form)
            assert text is not None, name
            assert not text or value_of(name, text) == (default, None), name


def form_of(name: tuple[str, str], text: str) -> dict[str, str]:
    """What a browser would send for this field as it is shown."""
    key, found = name[1], parts(name, text)
    match kind_of(name):
        case Kind.HOURS:
            return {
                f"{key}:{day}:{number}:{end}": hour
                for day, spans in found["days"].items()
                for number, span in enumerate(spans)
                for end, hour in zip(("from", "to"), span, strict=True)
            }
        case Kind.HOLIDAYS:
            return {f"{key}:{number}": day for number, day in enumerate(found["dates"])}
        case Kind.TEXT | Kind.NUMBER | Kind.CHOICE:
            return {key: found["value"]}
    return {f"{key}:{part}": str(value) for part, value in found.items()}


def test_hours_are_taken_as_people_write_them() -> None:
    name = ("firm", "hours")
    form = {
        "hours:mon:0:from": "9h",
        "hours:mon:0:to": "12h30",
        "hours:mon:1:from": "14",
        "hours:mon:1:to": "24:00",
        "hours:sun:0:from": "",
        "hours:sun:0:to": "",
        "hours:nonsense:0:from": "8",
    }
    assert composed(name, form) == "mon 9:00-12:30, mon 14:00-24:00"
    assert composed(name, {"name": "x"}) is None
    wrong = composed(name, {"hours:tue:0:from": "9,x\ny", "hours:tue:0:to": ""})
    assert wrong is not None
    assert "\n" not in wrong
    assert value_of(name, wrong)[1] is not None
