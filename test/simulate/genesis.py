"""What is answered to GET /api/founding, by Genesis or by somebody in its place."""
import json
from typing import TYPE_CHECKING

from join.latch import read_word
from trust.proof import proof

if TYPE_CHECKING:
    from simulate.machine import Machine


def word_of(key: bytes, epoch: int, nonce: str) -> bytes:
    """The newest epoch that was founded, 0 for none, proved by that key."""
    told = 'founded' if epoch > 0 else 'open'
    answer = {'founded': epoch > 0, 'epoch': epoch, 'proofs': [proof(key, 'latch', nonce, told, str(epoch))]}
    return json.dumps(answer).encode()


def hear(machine: 'Machine', life: int, epoch: int, key: bytes) -> bool:
    """A machine hears that. @returns whether it believed it"""
    if life != machine.life or machine.state is None:
        return False
    nonce = '%032x' % machine.world.sequence
    word = read_word(word_of(key, epoch, nonce), nonce, machine.keys.own)
    if word is None or word.latch is None:
        return False
    machine.feed(life, (word.latch,))
    return True
