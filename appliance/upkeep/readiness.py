"""Whether Greffier can start with these settings: said at start, by the doctor, before a save."""

from appliance.config import Config, missing_secrets, not_yet
from appliance.disk import check_writable
from appliance.drive import fitting as drive_fitting
from appliance.errors import ConfigError, Fault


def faults_of(config: Config) -> list[Fault]:
    """Everything that would stop a start, together. Makes the two folders if they are not there."""
    faults = incomplete(config)
    for folder in (config.firm.data, config.documents.folder):
        try:
            check_writable(folder)
        except ConfigError as error:
            faults += error.faults
    return faults


def incomplete(config: Config) -> list[Fault]:
    """What is missing in the settings themselves, or asks for what is not there yet."""
    return missing_secrets(config) + not_yet(config) + drive_fitting.faults(config.drive)
