import ipaddress
import os
import socket
import subprocess
import tempfile
import unittest
from typing import List, Optional
from unittest import mock

from join.inputs import AbandonFounder, Forget
from join.shell import control, interfaces, node_ip, paths
from join.shell.interfaces import Card
from join.shell.sockets import Datagram, Sockets, _enlarge, _read


def card(address: str) -> Card:
    return Card('eth0', ipaddress.IPv4Interface(address))


class Addresses(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patch = mock.patch.object(paths, 'NODE_IP', os.path.join(folder.name, 'node-ip.json'))
        patch.start()
        self.addCleanup(patch.stop)
        self.added: List[str] = []

    def settle(self, *cards: str, user: Optional[str] = None, static: Optional[str] = None) -> node_ip.Found:
        return node_ip.settle(
            static, tuple(card(one) for one in cards), lambda *_: user, lambda _, address: self.added.append(address))

    def test_the_first_address_is_kept(self) -> None:
        with mock.patch.object(interfaces, 'default_address', return_value='10.0.0.5'):
            self.assertEqual(self.settle('10.0.0.5/24'), ('10.0.0.5', None))
        self.assertEqual(self.settle('10.0.0.5/24', '10.0.1.9/24').address, '10.0.0.5')

    def test_another_lease_is_reported_and_the_kept_address_used(self) -> None:
        self.settle('10.0.0.5/24', static='10.0.0.5')
        found = self.settle('10.0.0.77/24')
        self.assertEqual(found.address, '10.0.0.5')
        self.assertIn('10.0.0.77', found.trouble or '')
        self.assertEqual(self.added, ['10.0.0.5'])

    def test_a_kept_address_that_another_has_is_not_taken(self) -> None:
        self.settle('10.0.0.5/24', static='10.0.0.5')
        found = self.settle('10.0.0.77/24', user='52:54:00:00:00:01')
        self.assertIsNone(found.address)
        self.assertIn('52:54:00:00:00:01', found.trouble or '')
        self.assertEqual(self.added, [])

    def test_on_another_network_there_is_none(self) -> None:
        self.settle('10.0.0.5/24', static='10.0.0.5')
        self.assertIsNone(self.settle('192.168.1.2/24').address)

    def test_what_is_scanned(self) -> None:
        self.assertEqual(interfaces.scan_targets((card('10.0.0.1/30'),)), ('10.0.0.2',))
        self.assertEqual(len(interfaces.scan_targets((card('10.0.0.1/22'),))), 1021)
        large = interfaces.scan_targets((card('10.9.8.7/8'),))
        self.assertEqual(len(large), 1021)
        self.assertIn('10.9.11.254', large)
        self.assertEqual(interfaces.scan_targets((card('10.0.0.1/32'), card('169.254.1.1/16'))), ())


class Cards(unittest.TestCase):
    def test_where_they_cannot_be_read_that_is_one_kind_of_fault(self) -> None:
        hung = subprocess.TimeoutExpired('ip', 10)
        nonsense = subprocess.CompletedProcess('ip', 0, 'no JSON', '')
        for answer in (hung, FileNotFoundError(), nonsense):
            with mock.patch.object(subprocess, 'run', side_effect=[answer]), self.assertRaises(OSError):
                interfaces.read_cards()


class Udp(unittest.TestCase):
    def test_a_datagram_comes_through_and_a_large_one_shows_as_such(self) -> None:
        wires = Sockets(0)
        for one in wires.all():
            self.addCleanup(one.close)
        port = wires.four.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b'hello', ('127.0.0.1', port))
            sender.sendto(b'x' * 9000, ('127.0.0.1', port))
        found: List[Datagram] = []
        while len(found) < 2:
            found += wires.receive()
        self.assertEqual(found[0], Datagram(b'hello', '127.0.0.1'))
        self.assertEqual(len(found[1].data), 4097)

    def test_a_datagram_of_a_card_that_has_gone_is_passed_over(self) -> None:
        wire = mock.Mock(family=socket.AF_INET6)
        wire.recvfrom.side_effect = [(b'a', ('fe80::1', 6445, 0, 7)), (b'b', ('fe80::2', 6445, 0, 8)), BlockingIOError]
        with mock.patch.object(socket, 'if_indextoname', side_effect=[OSError, 'eth0'], create=True):
            self.assertEqual(_read(wire), [Datagram(b'b', 'fe80::2%eth0')])

    def test_the_kernel_keeps_what_comes_while_the_agent_is_busy(self) -> None:
        wires = Sockets(0)
        for one in wires.all():
            self.addCleanup(one.close)
        wire = wires.four
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        small = wire.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        _enlarge(wire)
        self.assertGreater(wire.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), 10 * small)

    def test_an_address_that_cannot_be_sent_to_is_counted(self) -> None:
        wires = Sockets(0)
        for one in wires.all():
            self.addCleanup(one.close)
        wires.send(b'x', 'no address at all')
        self.assertEqual(wires.unsent, 1)


class Orders(unittest.TestCase):
    def test_orders_come_through_and_nonsense_does_not(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with mock.patch.object(paths, 'CONTROL', os.path.join(folder, 'join.sock')):
                wire = control.listen()
                self.addCleanup(wire.close)
                self.assertEqual(os.stat(paths.CONTROL).st_mode & 0o777, 0o600)
                control.send('forget', 'n2')
                control.send('abandon-founder')
                control.send('dance')
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
                    for data in (b'', b'[]', b'{}', b'\xff'):
                        stranger.sendto(data, paths.CONTROL)
                self.assertEqual(control.read_orders(wire), [Forget('n2'), AbandonFounder()])
