import socket
import unittest
from typing import List

from join.inbox import Inbox
from join.inputs import Received
from join.keyring import Keyring
from join.messages import Hello, Message
from join.shell import flood
from join.shell.flood import Limit, cost
from join.shell.reception import MOST_HELD, SIX_WAITS, Receiver, Reception
from join.shell.sockets import Datagram, Sockets
from join.wire import MAX_BYTES, encode
from trust.proof import agent_key

KEY = b'k' * 32
HELLO = Hello(1, 'blank', 1, False, False, None, None, ())


def hello(counter: int, uuid: str = 'u-2') -> Message:
    return Message('n2', uuid, '0' * 16, counter, HELLO)


def datagram(counter: int, address: str = '10.0.0.2') -> Datagram:
    return Datagram(encode(hello(counter), KEY), address)


def forged(number: int, length: int = MAX_BYTES) -> Datagram:
    """One that has the form of a message, from an address that was made up."""
    return Datagram((b'f' * 64 + b'\n').ljust(length, b'x'), f'10.1.{number // 256 % 256}.{number % 256}')


class Receiving(unittest.TestCase):
    def setUp(self) -> None:
        self.reception = Reception(Keyring(KEY), Inbox('u-1', '1' * 16))
        self.counter = 0

    def hears(self, now: float, *before: Datagram, address: str = '10.0.0.2') -> bool:
        """Whether the next message from there comes through, behind these datagrams."""
        self.counter += 1
        found = self.reception.sort([*before, datagram(self.counter, address)], now)
        return [one.message.counter for one in found] == [self.counter]

    def test_junk_from_1200_made_up_addresses_a_second_limits_nobody(self) -> None:
        for second in range(60):
            junk = [Datagram(b'x', f'10.2.{number // 256}.{number % 256}') for number in range(1200)]
            self.assertTrue(self.hears(float(second), *junk), second)
        self.assertEqual((self.reception.limit.refused, self.reception.inbox.dropped), (0, {'no-message': 72_000}))

    def test_nor_do_1200_forgeries_of_the_full_length(self) -> None:
        for second in range(60):
            self.assertTrue(self.hears(float(second), *map(forged, range(1200))), second)
        self.assertEqual(self.reception.limit.refused, 0)

    def test_a_greater_flood_costs_a_share_of_a_core_and_known_servers_still_come_through(self) -> None:
        self.assertTrue(self.hears(0.0))
        looked = 0
        for second in range(1, 11):
            before = self.reception.limit.refused
            self.assertTrue(self.hears(float(second), *map(forged, range(40_000))), second)
            looked += 40_000 - (self.reception.limit.refused - before)
        self.assertLess(looked * cost('forged', MAX_BYTES), 10 * flood.FAILURES[0] + flood.FAILURES[1] + 0.1)
        self.assertGreater(self.reception.limit.refused, 0)

    def test_a_forgery_costs_as_often_as_there_are_keys_to_try(self) -> None:
        looked_at = []
        for keys in (Keyring(KEY), Keyring(KEY, '', Keyring(b'staged'), Keyring(b'previous'))):
            reception = Reception(keys, Inbox('u-1', '1' * 16))
            reception.sort(list(map(forged, range(40_000))), 0.0)
            looked_at.append(40_000 - reception.limit.refused)
        self.assertAlmostEqual(looked_at[0] / looked_at[1], 3.0, 1)

    def test_who_forges_a_servers_address_can_use_up_that_ones_share_alone(self) -> None:
        self.assertTrue(self.hears(0.0))
        self.assertTrue(self.hears(0.0, address='10.0.0.3'))
        spoofed = [one._replace(address='10.0.0.2') for one in map(forged, range(40_000))]
        self.assertFalse(self.hears(1.0, *spoofed))
        self.assertTrue(self.hears(1.0, address='10.0.0.3'))
        self.assertTrue(self.hears(9.0, address='10.0.0.2'))

    def test_both_address_families_have_one_budget(self) -> None:
        six = [one._replace(address=f'fe80::{number:x}%eth0') for number, one in enumerate(map(forged, range(40_000)))]
        self.reception.sort(six, 0.0)
        self.assertFalse(self.hears(0.0))

    def test_what_is_said_again_costs_its_budget(self) -> None:
        old = datagram(1, '10.9.9.9')
        self.reception.sort([datagram(1)], 0.0)
        self.reception.sort([old] * 10_000, 0.0)
        self.assertGreater(self.reception.limit.refused, 1000)
        self.assertEqual(self.reception.sort([datagram(2)], 0.0)[0].message.counter, 2)

    def test_so_does_what_we_have_said_ourselves(self) -> None:
        ours = Datagram(encode(Message('n1', 'u-1', '1' * 16, 1, HELLO), KEY), '10.9.9.9')
        self.reception.sort([ours] * 10_000, 0.0)
        self.assertGreater(self.reception.limit.refused, 1000)

    def test_over_ipv6_a_message_waits_for_its_twin(self) -> None:
        six = datagram(1, 'fe80::2%eth0')
        self.assertEqual(self.reception.sort([six, datagram(1)], 0.0), [Received(hello(1), '10.0.0.2')])
        self.assertEqual(self.reception.sort([], 1.0), [])
        self.assertEqual(self.reception.sort([six._replace(data=datagram(2).data)], 1.0), [])
        self.assertEqual(self.reception.next_due(), 1.0 + SIX_WAITS)
        self.assertEqual(self.reception.sort([], 1.5), [Received(hello(2), 'fe80::2%eth0')])
        self.assertIsNone(self.reception.next_due())

    def test_what_is_said_again_or_made_up_takes_no_place_among_those_that_wait(self) -> None:
        six = datagram(1, 'fe80::2%eth0')
        self.reception.sort([six] * (2 * MOST_HELD) + [forged(7)._replace(address='fe80::7%eth0')] * 500, 0.0)
        self.reception.sort([datagram(2, 'fe80::2%eth0')], 0.0)
        found = self.reception.sort([], 1.0)
        self.assertEqual([one.message.counter for one in found], [1, 2])

    def test_an_agent_that_floods_under_its_own_key_limits_itself(self) -> None:
        key = agent_key(KEY, 'w1')
        body = HELLO._replace(standing='agent', votes_from=0)
        flooded: List[Datagram] = [
            Datagram(encode(Message('w1', 'w-1', '2' * 16, counter, body), key, 'w1'), f'10.3.0.{counter % 250}')
            for counter in range(1, 400)]
        self.assertTrue(self.hears(0.0))
        taken = self.reception.sort(flooded, 0.0)
        self.assertEqual(len(taken), flood.MESSAGES_OF_AGENT[1])
        self.assertEqual({one.agent for one in taken}, {'w1'})
        self.assertEqual(self.reception.inbox.dropped, {'too-often': 399 - len(taken)})
        self.assertIn('10.0.0.2', self.reception.limit._proven, "servers' addresses are still known")
        self.assertTrue(self.hears(0.0))


class Threading(unittest.TestCase):
    def test_what_comes_in_is_told_at_once_and_over_ipv6_once_it_is_due(self) -> None:
        wires = Sockets(0)
        for one in wires.all():
            self.addCleanup(one.close)
        told: List[Received] = []
        receiver = Receiver(wires, Reception(Keyring(KEY), Inbox('u-1', '1' * 16)), told.append)
        self.addCleanup(receiver._selector.close)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            port = wires.four.getsockname()[1]
            for data in (b'x', datagram(1).data):
                sender.sendto(data, ('127.0.0.1', port))
        while not told:
            receiver.turn()
        self.assertEqual(told, [Received(hello(1), '127.0.0.1')])
        if wires.six is None:
            return
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
            sender.sendto(datagram(2).data, ('::1', wires.six.getsockname()[1]))
        while len(told) < 2:
            receiver.turn()
        self.assertEqual(told[1], Received(hello(2), '::1'))


class Memory(unittest.TestCase):
    def test_a_flood_from_many_addresses_takes_none(self) -> None:
        limit = Limit()
        for number in range(20_000):
            address = f'10.1.{number // 256}.{number % 256}'
            if limit.allows(address, 0.0):
                limit.charge(address, 60e-6, 0.0)
            limit.prove(address, 0.0)
            limit.hears(f'w{number}', 0.0)
        self.assertLessEqual(len(limit._proven._left), flood.MOST_PROVEN)
        self.assertLessEqual(len(limit._agents._left), flood.MOST_AGENTS)
