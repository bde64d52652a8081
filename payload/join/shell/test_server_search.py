import ipaddress
import unittest
from typing import Iterable, List, Optional, Tuple
from unittest import mock

from join.others import Server
from join.outputs import Scan
from join.shell import k3s, ports, server_search, verify
from join.shell.addresses import Addresses
from join.shell.interfaces import Card
from join.test_scene import CA, config_of


def addresses() -> Addresses:
    """n1 at 10.0.0.1/29, whose inventory has n2 at 10.0.0.2."""
    config = config_of(2, servers=(('n1', '10.0.0.1'), ('n2', '10.0.0.2')), hints=('10.9.9.9',))
    found = Addresses(config)
    cards = (Card('eth0', ipaddress.IPv4Interface('10.0.0.1/29')),)
    with mock.patch('join.shell.interfaces.read_cards', return_value=(cards, ())):
        found.look()
    return found


class Where(unittest.TestCase):
    def test_servers_of_the_inventory_and_hints_are_expected_our_own_address_is_not(self) -> None:
        self.assertEqual(addresses().expected(), ('10.0.0.2', '10.9.9.9'))
        self.assertEqual(addresses().own, ('10.0.0.1',))

    def test_an_own_address_that_is_hinted_is_not_looked_at(self) -> None:
        found = Addresses(config_of(1, servers=(('n1', None),), hints=('10.0.0.1', '10.9.9.9')))
        found.cards = addresses().cards
        with mock.patch('join.shell.interfaces.read_cards', return_value=(found.cards, ())):
            found.look()
        self.assertEqual(found.expected(), ('10.9.9.9',))


class Searching(unittest.TestCase):
    def search(self, listening: List[str], ignore: Tuple[str, ...] = ()) -> List[Server]:
        self.looked: List[str] = []
        self.asked: List[str] = []

        def open_ports(addresses: Iterable[str], port: int) -> List[str]:
            self.looked = list(addresses)
            return [one for one in self.looked if one in listening]

        def inspect(address: str, port: int, hashes: object, own: object, expected: bool) -> Optional[Server]:
            self.asked.append(address)
            return Server(address, False, None, expected)
        with mock.patch.object(ports, 'open_ports', open_ports), mock.patch.object(verify, 'inspect', inspect):
            return list(server_search.find_servers(Scan((CA,), ('10.0.0.6',)), addresses(), k3s.Credentials('server', 'secret'), ignore).servers)

    def test_all_of_the_subnet_and_all_that_are_expected_each_once(self) -> None:
        self.search([])
        self.assertEqual(sorted(self.looked), sorted([*(f'10.0.0.{host}' for host in range(2, 7)), '10.9.9.9']))

    def test_who_was_expected_is_told_from_strangers(self) -> None:
        found = self.search(['10.0.0.2', '10.0.0.4', '10.0.0.6'])
        self.assertEqual(
            {one.address: one.expected for one in found}, {'10.0.0.2': True, '10.0.0.4': False, '10.0.0.6': True})

    def test_a_stranger_that_is_ignored_is_not_even_asked_one_of_ours_always(self) -> None:
        self.search(['10.0.0.2', '10.0.0.4'], ('10.0.0.4', '10.0.0.2'))
        self.assertEqual(self.asked, ['10.0.0.2'])

    def test_a_stranger_of_any_number_cannot_make_a_scan_endless(self) -> None:
        with mock.patch.object(server_search, 'MOST_STRANGERS', 1):
            self.search(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'])
        self.assertEqual(len(self.asked), 2)
