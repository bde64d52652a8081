import json
import unittest
from typing import Any

from join.inputs import Latch
from join.latch import MOST_PROOFS, Word, read_word
from join.messages import LARGEST_EPOCH
from join.model import Votes
from join.outputs import PersistVotes
from join.test_scene import Trial, config_of, facts_of, kinds
from trust.proof import proof

KEY, NONCE, CHALLENGE = b'the peer key', 'ab' * 16, 'cd' * 16


def answer(founded: bool = True, epoch: int = 3, **changes: Any) -> bytes:
    """As Genesis gives it."""
    word = 'founded' if founded else 'open'
    fields = {'version': 1, 'founded': founded, 'epoch': epoch, 'nonce': NONCE, 'challenge': CHALLENGE,
              'proofs': [proof(b'a later key', 'latch', NONCE, word, str(epoch)), proof(KEY, 'latch', NONCE, word, str(epoch))]}
    return json.dumps({**fields, **changes}).encode()


class Believing(unittest.TestCase):
    def test_a_proved_word(self) -> None:
        self.assertEqual(read_word(answer(), NONCE, KEY), Word(Latch(3), CHALLENGE))
        self.assertEqual(read_word(answer(False), NONCE, KEY), Word(Latch(0), CHALLENGE))
        largest = read_word(answer(epoch=LARGEST_EPOCH), NONCE, KEY)
        self.assertEqual(largest, Word(Latch(LARGEST_EPOCH), CHALLENGE))

    def test_what_is_not_proved_is_not_known(self) -> None:
        forged = (
            answer(proofs=[proof(b'guessed', 'latch', NONCE, 'founded', '3')]),
            answer(epoch=1, proofs=[proof(KEY, 'latch', NONCE, 'founded', '3')]),
            answer(proofs=[proof(KEY, 'latch', 'ef' * 16, 'founded', '3')], nonce='ef' * 16),
            answer(proofs=[proof(KEY, 'latch', NONCE, 'open', '3')]),
            answer(proofs=[proof(KEY, 'check-in', NONCE, 'founded', '3')]),
            answer(proofs=proof(KEY, 'latch', NONCE, 'founded', '3')),
            answer(proofs=['x'] * MOST_PROOFS + [proof(KEY, 'latch', NONCE, 'founded', '3')]),
            answer(proofs=[]), answer(proofs=None), answer(proofs=[7, None, 'ü']), answer(proofs={'a': 1}),
        )
        for body in forged:
            self.assertEqual(read_word(body, NONCE, KEY), Word(None, CHALLENGE), body)

    def test_without_a_proof_or_a_challenge(self) -> None:
        """A Genesis of before."""
        old = b'{"version": 1, "founded": true, "epoch": 3}'
        self.assertEqual(read_word(old, NONCE, KEY), Word(None, ''))
        for challenge in ('', 'CD' * 16, 'x', 'a' * 33, 7, None, 'a\nb'):
            word = read_word(answer(challenge=challenge), NONCE, KEY)
            self.assertEqual(word, Word(Latch(3), ''), challenge)

    def test_what_is_no_answer(self) -> None:
        for body in (b'', b'[]', b'null', b'[' * 4000, b'{"founded": 1, "epoch": 3}', b'{"founded": true}',
                     answer(epoch=-1), answer(epoch=LARGEST_EPOCH + 1), answer(epoch=2 ** 53 - 1), b'\xff'):
            self.assertIsNone(read_word(body, NONCE, KEY), body[:40])


class Keeping(unittest.TestCase):
    """What of Genesis' word stays on the disk."""

    def test_a_disk_made_under_the_latch_of_its_own_epoch_never_votes_in_it(self) -> None:
        trial = Trial()
        outputs = trial.at(1.0, Latch(1))
        self.assertEqual(kinds(outputs, PersistVotes), [PersistVotes(Votes(joiner_of=1))])

    def test_nothing_beyond_the_own_epoch_is_kept(self) -> None:
        for epoch in (2, LARGEST_EPOCH):
            trial = Trial()
            trial.at(1.0, Latch(epoch))
            trial.at(2.0, Latch(epoch))
            self.assertEqual(trial.state.votes, Votes(joiner_of=1))
            self.assertEqual(trial.state.latch, epoch, 'but it counts while it is heard')

    def test_a_raised_epoch_is_the_own_one(self) -> None:
        trial = Trial()
        trial.state.votes = Votes(raised=4)
        trial.at(1.0, Latch(3))
        self.assertEqual(trial.state.votes.joiner_of, 0)
        trial.at(2.0, Latch(9))
        self.assertEqual(trial.state.votes.joiner_of, 4)

    def test_so_the_next_epoch_of_the_inventory_can_be_founded(self) -> None:
        trial = Trial()
        trial.at(1.0, Latch(LARGEST_EPOCH))
        votes = trial.state.votes
        later = Trial(facts_of(config=config_of(epoch=2), votes=votes))
        later.live(1.0, 60.0, 'n2', 'n3')
        self.assertEqual(later.state.votes.epoch, 2)


if __name__ == '__main__':
    unittest.main()
