import unittest

from join.inbox import Inbox
from join.messages import Hello, Message
from join.wire import Dropped, Spoken

HELLO = Hello(1, 'blank', 1, False, False, None, None, ())


class Replay(unittest.TestCase):
    def setUp(self) -> None:
        self.inbox = Inbox('u-0', 'f' * 16)

    def passes(self, counter: int, incarnation: str = '0' * 16, uuid: str = 'u-1', agent: str = '') -> bool:
        spoken = Spoken(Message(agent or 'n1', uuid, incarnation, counter, HELLO), agent)
        try:
            self.inbox.peek(spoken)
            self.inbox.check(spoken)
        except Dropped as reason:
            self.inbox.count(str(reason))
            return False
        return True

    def test_each_counter_passes_once_in_any_order_within_the_window(self) -> None:
        for counter in (5, 3, 9, 4, 70):
            self.assertTrue(self.passes(counter), counter)
        for counter in (5, 3, 9, 70, 4, 6):
            self.assertFalse(self.passes(counter), counter)
        self.assertTrue(self.passes(7))
        self.assertEqual(self.inbox.dropped, {'stale': 6})

    def test_a_look_takes_nothing(self) -> None:
        spoken = Spoken(Message('n1', 'u-1', '0' * 16, 1, HELLO), '')
        self.inbox.peek(spoken)
        self.inbox.peek(spoken)
        self.inbox.check(spoken)
        with self.assertRaisesRegex(Dropped, 'stale'):
            self.inbox.peek(spoken)

    def test_a_late_message_of_an_old_incarnation_does_not_shut_out_the_new_one(self) -> None:
        self.assertTrue(self.passes(5, '1' * 16))
        self.assertTrue(self.passes(9, '0' * 16))
        self.assertTrue(self.passes(6, '1' * 16))
        self.assertFalse(self.passes(5, '1' * 16))
        self.assertFalse(self.passes(9, '0' * 16))

    def test_the_number_of_incarnations_is_bounded(self) -> None:
        for at in range(100):
            self.assertTrue(self.passes(1, '%016x' % at))
        self.assertFalse(self.passes(1, '%016x' % 99))
        self.assertEqual(len(self.inbox._servers['u-1']), Inbox.INCARNATIONS)

    def test_our_own_messages_and_our_double(self) -> None:
        self.assertFalse(self.passes(1, 'f' * 16, 'u-0'))
        self.assertFalse(self.passes(1, '1' * 16, 'u-0'))
        self.assertEqual(self.inbox.dropped, {'own': 1, 'clone': 1})

    def test_the_number_of_senders_is_bounded(self) -> None:
        passed = sum(self.passes(1, uuid='s-%d' % at) for at in range(Inbox.MOST_SENDERS + 6))
        self.assertEqual(passed, Inbox.MOST_SENDERS)
        self.assertEqual(self.inbox.dropped, {'too-many-senders': 6})

    def test_an_agent_that_claims_a_servers_disk_takes_nothing_from_that_server(self) -> None:
        for at in range(Inbox.MOST_SENDERS + 6):
            self.passes(at + 1, '%016x' % at, uuid='u-1', agent='w%d' % at)
        self.assertTrue(self.passes(5))
        self.assertTrue(self.passes(9, uuid='u-0', agent='w1'), 'nor is it taken for our double')
        self.assertFalse(self.passes(5))


if __name__ == '__main__':
    unittest.main()
