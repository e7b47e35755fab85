"""Everything that the pages of the conversations may read and ask, in one place on the desk."""

from dataclasses import dataclass

from appliance.clock import Clock
from appliance.config import Config
from appliance.conversation import giving
from appliance.conversation.speaking import Speaking
from appliance.conversation.threads import Threads
from appliance.dashboard.enclosing_board import EnclosingBoard
from appliance.dashboard.talk_board import TalkBoard
from appliance.dashboard.threads_board import ThreadsBoard
from appliance.firm.rights import May, rights
from appliance.firm.users import Users
from appliance.jobs import Jobs
from appliance.store.database import Store
from appliance.store.models import User
from appliance.upkeep.approved import Approved


@dataclass(frozen=True)
class Conversations:
    """The list, one conversation, what people do with it, what they say in it."""

    board: ThreadsBoard
    talk: TalkBoard
    threads: Threads
    speaking: Speaking
    enclosing: EnclosingBoard
    users: Users

    def answerers(self) -> list[User]:
        """Who of the firm may answer clients, by name."""
        everybody = self.users.everybody()
        return [one for one in everybody if one.disabled_at is None and _may_answer(one)]


def conversations(
    config: Config, store: Store, jobs: Jobs, clock: Clock, users: Users, approved: Approved
) -> Conversations:
    """Put it together."""
    rules, has_template = giving.rules(config, store), bool(approved.name)
    return Conversations(
        ThreadsBoard(store, clock),
        TalkBoard(clock, config.firm.zone, approved),
        Threads(store, clock, users),
        Speaking(store, jobs, clock, users, rules=rules, has_template=has_template),
        EnclosingBoard(rules),
        users,
    )


def _may_answer(user: User) -> bool:
    return May.ANSWER in rights(user.role)
