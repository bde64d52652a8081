import unittest
from typing import List

from join.keyring import MOST_KEPT, Keyring
from join.messages import Body, Hello, Message, Using
from join.wire import Dropped, decode, encode
from trust.proof import agent_key

KEY = b'k' * 32
HELLO = Hello(1, 'blank', 1, False, False, None, None, ())


class Keys(unittest.TestCase):
    def test_a_server_knows_every_agents_key(self) -> None:
        keys = Keyring(KEY)
        self.assertEqual(keys.find(''), KEY)
        self.assertEqual(keys.find('w1'), agent_key(KEY, 'w1'))
        self.assertNotEqual(keys.find('w1'), keys.find('w2'))

    def test_an_agent_knows_its_own_alone(self) -> None:
        keys = Keyring(agent_key(KEY, 'w1'), 'w1')
        self.assertEqual(keys.find('w1'), agent_key(KEY, 'w1'))
        self.assertEqual((keys.find(''), keys.find('w2')), (None, None))

    def test_the_number_of_keys_that_are_kept_is_bounded(self) -> None:
        keys = Keyring(KEY)
        for number in range(MOST_KEPT + 10):
            keys.keep(f'w{number}', b'derived')
        self.assertEqual(len(keys._derived), MOST_KEPT)
        self.assertEqual(keys.find(f'w{MOST_KEPT + 9}'), b'derived')
        self.assertEqual(keys.find('w0'), agent_key(KEY, 'w0'))


class Rotating(unittest.TestCase):
    """Of three sets: in use, staged, previous."""

    def setUp(self) -> None:
        self.sets = [Keyring(name) for name in (b'used', b'staged', b'previous')]
        self.keys = Keyring(b'used', '', *self.sets[1:])

    def hears(self, keys: Keyring, key: bytes, agent: str = '', body: Body = HELLO) -> str:
        """Who speaks, or why it is dropped."""
        try:
            return decode(encode(Message('w1', 'u-1', '0' * 16, 1, body), key, agent), keys).agent
        except Dropped as why:
            return str(why)

    def test_all_are_heard_and_no_other(self) -> None:
        for key in (b'used', b'staged', b'previous'):
            self.assertEqual(self.hears(self.keys, key), '')
            self.assertEqual(self.hears(self.keys, agent_key(key, 'w1'), 'w1', HELLO._replace(standing='agent')), 'w1')
        self.assertEqual(self.hears(self.keys, b'another'), 'forged')
        self.assertEqual(self.hears(Keyring(b'used'), b'staged'), 'forged')

    def test_what_an_agent_may_say_is_as_little_under_each(self) -> None:
        for key in (b'used', b'staged', b'previous'):
            bodies: List[Body] = [HELLO, Using('a' * 16, None, True, ())]
            for body in bodies:
                self.assertEqual(self.hears(self.keys, agent_key(key, 'w1'), 'w1', body), 'not-its-place')

    def test_a_node_says_that_it_is_there_under_the_next_one_too_and_never_under_the_previous(self) -> None:
        self.assertEqual([one.own for one in self.keys.spoken], [b'used', b'staged'])

    def test_an_agent_is_answered_under_the_key_that_it_has_shown(self) -> None:
        self.assertIs(self.keys.under('w1'), self.keys)
        for one in self.sets[1:]:
            self.hears(self.keys, agent_key(one.own, 'w1'), 'w1', HELLO._replace(standing='agent'))
            self.assertEqual(self.keys.under('w1').own, one.own)
        self.hears(self.keys, b'forged', 'w1')
        self.assertEqual(self.keys.under('w1').own, b'previous')
        for number in range(MOST_KEPT + 10):
            self.keys.note(f'x{number}', self.keys)
        self.assertEqual(len(self.keys._heard_by), MOST_KEPT)

    def test_an_agent_hears_what_servers_use(self) -> None:
        keys = Keyring(agent_key(b'used', 'w1'), 'w1', Keyring(agent_key(b'staged', 'w1'), 'w1'))
        for key in (b'used', b'staged'):
            self.assertEqual(self.hears(keys, agent_key(key, 'w1'), 'w1', Using('a' * 16, None, True, ())), '')
