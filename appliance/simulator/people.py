"""The people who have WhatsApp in this world, and a phone each."""

import hashlib

from appliance.simulator.account import Person
from appliance.simulator.phone import Network, Phone
from appliance.simulator.rules import Address


class People:
    """Finds a phone by number or by business-scoped user id."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._phones: list[Phone] = []

    @property
    def phones(self) -> list[Phone]:
        with self._network.bell.lock:
            return list(self._phones)

    def phone(self, number: str | None, name: str, user_id: str | None) -> Phone:
        """The phone of this number or user id; a new one unless it exists already."""
        if number is not None and not number.isdigit():
            raise ValueError("a number is written in digits, without a plus sign")
        user_id = user_id or _made_up_user_id(number or name)
        with self._network.bell:
            for phone in self._phones:
                if phone.user_id == user_id or (number and phone.number == number):
                    return phone
            self._phones.append(Phone(Person(number, name, user_id), self._network))
            return self._phones[-1]

    def at(self, address: Address) -> Phone | None:
        if address.number is not None:
            return next((one for one in self.phones if one.number == address.number), None)
        return next((one for one in self.phones if one.user_id == address.user_id), None)


def _made_up_user_id(seed: str) -> str:
    """The same person has the same id in each run of the demo."""
    digits = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    return f"TN.{digits:020d}"
