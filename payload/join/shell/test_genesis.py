import socket
import threading
import unittest
from typing import List, Optional, Tuple
from unittest import mock

from checkin import client
from join.inputs import Latch
from join.model import Member
from join.shell import genesis

OPEN = Latch(0)
FOUNDER = Member(epoch=3, mode='founder', ca_hash='ab12')


class LatchTest(unittest.TestCase):
    """What a server answers, and what that says of the latch."""

    def ask(self, answer: bytes) -> Optional[Latch]:
        with socket.socket() as server:
            server.bind(('127.0.0.1', 0))
            server.listen()

            def talk() -> None:
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer)

            work = threading.Thread(target=talk)
            work.start()
            latch = genesis.read_latch(f'http://127.0.0.1:{server.getsockname()[1]}')
            work.join()
            return latch

    def test_the_epoch_counts_where_it_is_founded(self) -> None:
        ok = b'HTTP/1.0 200 OK\r\n\r\n'
        self.assertEqual(self.ask(ok + b'{"version": 1, "founded": true, "epoch": 3}'), Latch(3))
        self.assertEqual(self.ask(ok + b'{"version": 1, "founded": false, "epoch": 3}'), Latch(0))

    def test_whatever_else_is_answered_says_nothing(self) -> None:
        for answer in (
            b'', b'SSH-2.0-x\r\n', b'HTTP/1.0 503 no\r\n\r\n', b'HTTP/1.0 200 OK\r\n\r\n[]',
            b'HTTP/1.0 200 OK\r\n\r\n{"founded": 1, "epoch": 3}', b'HTTP/1.0 200 OK\r\n\r\n' + b'[' * 9000,
            b'HTTP/1.0 200 OK\r\n\r\n{"founded": true, "epoch": -1}',
        ):
            self.assertIsNone(self.ask(answer), answer[:60])


class FoundersWordTest(unittest.TestCase):
    def setUp(self) -> None:
        self.said: List[Tuple[str, str, Optional[int]]] = []
        self.deaf = False
        patch = mock.patch.object(client, 'check_in', self.check_in)
        patch.start()
        self.addCleanup(patch.stop)

    def check_in(
        self, stage: str, message: str = '', error: Optional[str] = None, epoch: Optional[int] = None,
    ) -> bool:
        self.said.append((stage, message, epoch))
        return not self.deaf

    def test_the_founder_says_the_epoch_of_its_decree_once_it_is_heard(self) -> None:
        word = genesis.FoundersWord()
        for now in (0.0, 15.0, 10_000.0):
            word.tell(FOUNDER, OPEN, now)
        self.assertEqual(self.said, [('founded', 'ab12', 3)])

    def test_it_says_so_again_ever_more_seldom_until_it_is_heard(self) -> None:
        self.deaf = True
        word = genesis.FoundersWord()
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
        word = genesis.FoundersWord()
        word.tell(None, OPEN, 0.0)
        for mode in ('founding', 'joining', 'joined'):
            word.tell(FOUNDER._replace(mode=mode), OPEN, 0.0)
        word.tell(FOUNDER, Latch(3), 0.0)
        word.tell(FOUNDER, Latch(4), 0.0)
        self.assertEqual(self.said, [])
        word.tell(FOUNDER, Latch(2), 0.0)
        self.assertEqual(len(self.said), 1)

    def test_other_check_ins_have_no_epoch(self) -> None:
        self.assertTrue(genesis.check_in('ready', 'member of the cluster'))
        self.deaf = True
        self.assertFalse(genesis.check_in('ready', ''))
        self.assertEqual(self.said, [('ready', 'member of the cluster', None), ('ready', '', None)])
