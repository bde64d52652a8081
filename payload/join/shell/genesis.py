"""What Genesis adds if it runs: the founding latch, and somebody to report to. Nodes work without it."""
import secrets
from typing import Optional

from checkin import client
from checkin.exchange import NoAnswer, exchange
from join.latch import Word, read_word
from join.model import Member

SECONDS = 5.0
MOST_BYTES = 4096


def ask(base: str, key: bytes) -> Optional[Word]:
    """Genesis' word on the founding; None if it does not answer."""
    if not base:
        return None
    nonce = secrets.token_hex(16)
    try:
        answer = exchange(f'{base}/api/founding?nonce={nonce}', seconds=SECONDS)
    except NoAnswer:
        return None
    if answer.status != 200 or len(answer.body) > MOST_BYTES:
        return None
    return read_word(answer.body, nonce, key)


def check_in(stage: str, message: str) -> bool:
    """Tells Genesis; whether it has heard."""
    return client.check_in(stage, message)


def say_founded(base: str, key: bytes, member: Member) -> bool:
    """Tells Genesis that this node has founded: that closes the latch, so it needs a proof. Whether it was heard."""
    word = ask(base, key)
    return word is not None and _say_founded(word, key, member)


def _say_founded(word: Word, key: bytes, member: Member) -> bool:
    prover = client.Prover(key, word.challenge) if word.challenge else None
    return client.check_in('founded', member.ca_hash or '', epoch=member.epoch, prover=prover)


class FoundersWord:
    """That this node has founded the cluster: it closes the latch, so it is repeated, at growing intervals,
    until Genesis has acknowledged it."""

    FIRST_PAUSE, LAST_PAUSE = 15.0, 600.0

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._heard = 0
        self._pause, self._due = self.FIRST_PAUSE, 0.0

    def tell(self, member: Optional[Member], word: Word, now: float) -> None:
        """Reports it if due. `now` in seconds."""
        if member is None or member.mode != 'founder' or now < self._due:
            return
        known = word.latch.epoch if word.latch is not None else 0
        if max(known, self._heard) >= member.epoch:
            return
        if _say_founded(word, self._key, member):
            self._heard = member.epoch
        self._due = now + self._pause
        self._pause = min(2 * self._pause, self.LAST_PAUSE)
