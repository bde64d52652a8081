import unittest

from join.keyring import MOST_KEPT, Keyring
from trust.proof import agent_key

KEY = b'k' * 32


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
