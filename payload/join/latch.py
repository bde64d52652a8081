"""Genesis' answer on the founding: it counts only with its proof, made for our nonce by our peer key.

Anybody can answer in Genesis' place, and a closed latch keeps a node from founding, a fresh one for good.
"""
import json
import re
from typing import NamedTuple, Optional

from join.inputs import Latch
from join.messages import LARGEST_EPOCH
from trust.proof import proves

MOST_PROOFS = 16
_CHALLENGE = re.compile('[0-9a-f]{32}')


class Word(NamedTuple):
    """What was answered."""

    latch: Optional[Latch]
    """None: it is not proved, so not known."""
    challenge: str
    """To be answered by a check-in that has consequences; empty: none was given."""


def read_word(body: bytes, nonce: str, key: bytes) -> Optional[Word]:
    """The answer to GET /api/founding?nonce=…; None if it is none at all."""
    try:
        found = json.loads(body)
        founded, epoch, challenge = found['founded'], found['epoch'], found.get('challenge', '')
        if type(founded) is not bool or type(epoch) is not int or not 0 <= epoch <= LARGEST_EPOCH:
            return None
        proved = is_proved(found.get('proofs'), founded, epoch, nonce, key)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Word(Latch(epoch if founded else 0) if proved else None, challenge if _is_challenge(challenge) else '')


def is_proved(given: object, founded: bool, epoch: int, nonce: str, key: bytes) -> bool:
    """Whether who said that knows our peer key, and said it to us just now. Genesis gives a proof by each key that
    nodes may still have."""
    if not isinstance(given, list) or len(given) > MOST_PROOFS:
        return False
    told = 'founded' if founded else 'open'
    return any(proves(one, key, 'latch', nonce, told, str(epoch)) for one in given)


def _is_challenge(value: object) -> bool:
    return isinstance(value, str) and _CHALLENGE.fullmatch(value) is not None
