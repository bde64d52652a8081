import json
import threading
import time
import unittest
from typing import Any, Dict, List, Optional, Tuple
from unittest import mock

from checkin import client
from checkin.exchange import NoAnswer
from checkin.test_served import Served, drip
from join.inputs import Latch
from join.latch import Word
from join.model import Member
from join.shell import genesis
from trust.proof import proof

KEY = b'the peer key'
CHALLENGE = 'cd' * 16
OPEN = Word(Latch(0), CHALLENGE)
FOUNDER = Member(epoch=3, mode='founder', ca_hash='ab12')
OK = b'HTTP/1.0 200 OK\r\n\r\n'


def answered(nonce: str, founded: bool, epoch: int, key: bytes = KEY) -> Dict[str, Any]:
    """What Genesis answers."""
    return {
        'version': 1, 'founded': founded, 'epoch': epoch, 'nonce': nonce, 'challenge': CHALLENGE,
        'proofs': [proof(key, 'latch', nonce, 'founded' if founded else 'open', str(epoch))]}


class Asking(Served):
    """What a server answers, and what that says of the latch."""

    def ask(self, answer: bytes) -> Optional[Word]:
        with mock.patch('secrets.token_hex', return_value='ab' * 16):
            return genesis.ask(self.serve(lambda it: it.sendall(answer)), KEY)

    def test_the_epoch_counts_where_it_is_founded(self) -> None:
        for founded, epoch in ((True, 3), (False, 0)):
            word = self.ask(OK + json.dumps(answered('ab' * 16, founded, 3)).encode())
            self.assertEqual(word, Word(Latch(epoch), CHALLENGE))
            self.assertIn(b'GET /api/founding?nonce=' + b'ab' * 16 + b' HTTP', self.heard[-1])

    def test_without_the_key_it_does_not_count(self) -> None:
        word = self.ask(OK + json.dumps(answered('ab' * 16, True, 3, b'guessed')).encode())
        self.assertEqual(word, Word(None, CHALLENGE))

    def test_whatever_else_is_answered_says_nothing(self) -> None:
        for answer in (b'', b'SSH-2.0-x\r\n', b'HTTP/1.0 503 no\r\n\r\n', OK + b'[]', OK + b'[' * 9000):
            self.assertIsNone(self.ask(answer), answer[:60])

    def test_who_answers_a_byte_at_a_time_holds_nobody_up(self) -> None:
        over = threading.Event()
        base = self.serve(drip(OK, over))
        began = time.monotonic()
        with mock.patch.object(genesis, 'SECONDS', 0.3):
            self.assertIsNone(genesis.ask(base, KEY))
        self.assertLess(time.monotonic() - began, 2.0)
        self.assertTrue(over.wait(5), 'it has hung up')

    def test_each_question_has_a_nonce_of_its_own(self) -> None:
        asked: List[str] = []

        def refuse(url: str, body: None = None, seconds: float = 0.0) -> None:
            asked.append(url)
            raise NoAnswer

        with mock.patch.object(genesis, 'exchange', refuse):
            self.assertEqual([genesis.ask('http://genesis', KEY) for _ in range(2)], [None, None])
        self.assertNotEqual(*asked)
        for url in asked:
            self.assertRegex(url, '^http://genesis/api/founding\\?nonce=[0-9a-f]{32}$')


class FoundersWordTest(unittest.TestCase):
    def setUp(self) -> None:
        self.said: List[Tuple[str, str, Optional[int]]] = []
        self.provers: List[Optional[client.Prover]] = []
        self.deaf = False
        patch = mock.patch.object(client, 'check_in', self.check_in)
        patch.start()
        self.addCleanup(patch.stop)

    def check_in(
        self, stage: str, message: str = '', error: Optional[str] = None, epoch: Optional[int] = None,
        prover: Optional[client.Prover] = None,
    ) -> bool:
        self.said.append((stage, message, epoch))
        self.provers.append(prover)
        return not self.deaf

    def test_the_founder_says_the_epoch_of_its_decree_once_it_is_heard(self) -> None:
        word = genesis.FoundersWord(KEY)
        for now in (0.0, 15.0, 10_000.0):
            word.tell(FOUNDER, OPEN, now)
        self.assertEqual(self.said, [('founded', 'ab12', 3)])

    def test_it_says_so_again_ever_more_seldom_until_it_is_heard(self) -> None:
        self.deaf = True
        word = genesis.FoundersWord(KEY)
        told = []
        for now in range(0, 3600, 15):
            before = len(self.said)
            word.tell(FOUNDER, OPEN, float(now))
            if len(self.said) > before:
                told.append(now)
        self.assertEqual(told, [0, 15, 45, 105, 225, 465, 945, 1545, 2145, 2745, 3345])
        self.deaf = False
        word.tell(FOUNDER, OPEN, 4000.0)
        word.tell(FOUNDER, OPEN, 9000.0)
        self.assertEqual(len(self.said), len(told) + 1)

    def test_nobody_else_says_so_nor_where_genesis_knows(self) -> None:
        word = genesis.FoundersWord(KEY)
        word.tell(None, OPEN, 0.0)
        for mode in ('founding', 'joining', 'joined'):
            word.tell(FOUNDER._replace(mode=mode), OPEN, 0.0)
        word.tell(FOUNDER, OPEN._replace(latch=Latch(3)), 0.0)
        word.tell(FOUNDER, OPEN._replace(latch=Latch(4)), 0.0)
        self.assertEqual(self.said, [])
        word.tell(FOUNDER, OPEN._replace(latch=Latch(2)), 0.0)
        self.assertEqual(len(self.said), 1)

    def test_it_answers_genesis_challenge(self) -> None:
        genesis.FoundersWord(KEY).tell(FOUNDER, OPEN, 0.0)
        self.assertEqual(self.provers, [client.Prover(KEY, CHALLENGE)])

    def test_a_word_that_is_not_proved_silences_no_founder(self) -> None:
        genesis.FoundersWord(KEY).tell(FOUNDER, Word(None, CHALLENGE), 0.0)
        self.assertEqual(self.said, [('founded', 'ab12', 3)])

    def test_a_genesis_of_before_gives_no_challenge_and_needs_none(self) -> None:
        genesis.FoundersWord(KEY).tell(FOUNDER, Word(None, ''), 0.0)
        self.assertEqual((self.said, self.provers), ([('founded', 'ab12', 3)], [None]))

    def test_at_the_founding_it_asks_for_a_challenge_first(self) -> None:
        with mock.patch.object(genesis, 'ask', return_value=OPEN) as asked:
            self.assertTrue(genesis.say_founded('http://genesis', KEY, FOUNDER))
            asked.assert_called_once_with('http://genesis', KEY)
        with mock.patch.object(genesis, 'ask', return_value=None):
            self.assertFalse(genesis.say_founded('http://genesis', KEY, FOUNDER))
        self.assertEqual((self.said, self.provers), ([('founded', 'ab12', 3)], [client.Prover(KEY, CHALLENGE)]))

    def test_other_check_ins_prove_nothing(self) -> None:
        self.assertTrue(genesis.check_in('ready', 'member of the cluster'))
        self.deaf = True
        self.assertFalse(genesis.check_in('ready', ''))
        self.assertEqual(self.said, [('ready', 'member of the cluster', None), ('ready', '', None)])
        self.assertEqual(self.provers, [None, None])
