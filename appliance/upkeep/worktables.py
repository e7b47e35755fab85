"""The tables whose rows are work, by the call that has a row looked at."""

from appliance.jobs import Job
from appliance.store import models

WORK = {
    Job.MESSAGE: models.Message,
    Job.RECEIPT: models.Receipt,
    Job.OUTGOING: models.Outgoing,
    Job.CHORE: models.Chore,
}
