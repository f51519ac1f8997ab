"""How often somebody may ask: so many times a second on the average, and some more at once."""

import time
from dataclasses import dataclass, field

from playground.shell.refusals import Unanswered

MOST_SENDERS = 4096  # that are remembered


@dataclass
class RateLimit:
    """How often each sender may ask: a bucket of `burst` askings that fills at `rate`."""

    rate: float  # askings a second
    burst: float  # askings at once
    left: dict[str, tuple[float, float]] = field(default_factory=dict)  # of each sender: how many they had, and when

    def check(self, sender: str) -> None:
        """Counts one asking.

        Raises:
            Unanswered: the sender has to wait.
        """
        now = time.monotonic()
        if len(self.left) >= MOST_SENDERS:
            self.left = {one: told for one, told in self.left.items() if self._now(told, now) < self.burst}
        if sender not in self.left and len(self.left) >= MOST_SENDERS:
            raise Unanswered(429, "class.fast")
        had = self._now(self.left.get(sender, (self.burst, now)), now)
        self.left[sender] = (max(had - 1, 0.0), now) if had >= 1 else (had, now)
        if had < 1:
            raise Unanswered(429, "class.fast")

    def _now(self, told: tuple[float, float], now: float) -> float:
        return min(self.burst, told[0] + (now - told[1]) * self.rate)
