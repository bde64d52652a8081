import ipaddress
import json
import os
import stat
import tempfile
import unittest
from typing import Any, Dict, List
from unittest import mock

from fence import __main__ as program
from fence import rules, tools
from join.shell import notices, paths

FOUR, SIX = ipaddress.ip_address('10.0.0.5'), ipaddress.ip_address('fd00::5')


class Rules(unittest.TestCase):
    def test_where_genesis_is(self) -> None:
        self.assertEqual(rules.target('http://10.0.0.5:8080/boot'), ('10.0.0.5', 8080))
        self.assertEqual(rules.target('http://genesis.lan'), ('genesis.lan', 80))
        self.assertEqual(rules.target('http://[fd00::5]:8080'), ('fd00::5', 8080))
        for base in ('', 'file:///etc', 'https://x', 'http://', 'http://x:y', 'http://x:99999', 'http://['):
            with self.assertRaises(rules.NoTarget):
                rules.target(base)

    def test_one_table_of_our_own_replaced_whole(self) -> None:
        self.assertEqual(rules.nft([FOUR, SIX], 8080), '''add table inet homepbp_fence
delete table inet homepbp_fence
table inet homepbp_fence {
  chain forward {
    type filter hook forward priority -150; policy accept;
    ip daddr 10.0.0.5 tcp dport 8080 counter drop
    ip6 daddr fd00::5 tcp dport 8080 counter drop
  }
}
''')

    def test_one_chain_of_our_own(self) -> None:
        self.assertEqual(rules.restore([FOUR], 8080), '''*mangle
:HOMEPBP-FENCE - [0:0]
-A HOMEPBP-FENCE -d 10.0.0.5 -p tcp -m tcp --dport 8080 -j DROP
COMMIT
''')


class OnANode(unittest.TestCase):
    """With tools that are scripts; real ones are in fence.system.ts."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.said: List[str] = []
        for target, name, value in (
            (paths, 'BOOT', self.path('boot.env')), (paths, 'FENCE', self.path('fence.json')),
            (tools, 'K3S_TOOLS', self.path('k3s')), (notices, 'say', self.said.append),
        ):
            self.patch(mock.patch.object(target, name, value))
        self.patch(mock.patch.dict(os.environ, PATH=self.path('bin') + ':/nonexistent'))
        self.patch(mock.patch('builtins.print'))
        for name in ('bin', 'k3s'):
            os.mkdir(self.path(name))
        self.boots('http://10.0.0.5:8080/boot')

    def patch(self, patch: Any) -> None:
        patch.start()
        self.addCleanup(patch.stop)

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def boots(self, base: str) -> None:
        with open(self.path('boot.env'), 'w', encoding='utf8') as file:
            file.write(f'HOMEPBP_BASE={base}\n')

    def has(self, name: str, script: str = 'exit 0') -> None:
        """A program, in bin/ or k3s/. It notes what it is called with."""
        with open(self.path(name), 'w', encoding='utf8') as file:
            file.write(f'#!/bin/sh\necho "{name} $*" >>{self.path("calls")}\n{script}\n')
        os.chmod(self.path(name), stat.S_IRWXU)

    def calls(self) -> List[str]:
        with open(self.path('calls'), encoding='utf8') as file:
            return file.read().splitlines()

    def report(self) -> Dict[str, Any]:
        with open(paths.FENCE, encoding='utf8') as file:
            found: Dict[str, Any] = json.load(file)
        return found

    def test_nft_first(self) -> None:
        self.has('bin/nft')
        self.has('bin/iptables')
        self.assertEqual(program.main(), 0)
        self.assertEqual(self.calls(), ['bin/nft -f -'])
        self.assertEqual((self.report()['trouble'], self.said), (None, []))

    def test_iptables_where_nft_cannot(self) -> None:
        self.has('bin/nft', 'echo "no such module"; exit 1')
        for name in ('bin/iptables', 'bin/iptables-restore'):
            self.has(name)
        self.assertEqual(program.main(), 0)
        self.assertEqual(self.calls(), [
            'bin/nft -f -', 'bin/iptables-restore --noflush', 'bin/iptables -w -t mangle -C FORWARD -j HOMEPBP-FENCE'])

    def test_those_of_k3s_where_the_image_has_none(self) -> None:
        for name in ('iptables', 'iptables-restore'):
            self.has('k3s/' + name, 'test "$4" != -C')
        self.assertEqual(program.main(), 0)
        self.assertEqual(self.calls()[-1], 'k3s/iptables -w -t mangle -I FORWARD -j HOMEPBP-FENCE')

    def test_without_any_it_says_so_once(self) -> None:
        for _ in range(2):
            self.assertEqual(program.main(), 1)
        [said] = self.said
        self.assertIn('pods on this node can speak with Genesis as if they were this node: there is neither nft', said)
        self.assertEqual(self.report()['trouble'], said)
        self.has('bin/nft')
        self.assertEqual(program.main(), 0)
        self.assertIsNone(self.report()['trouble'])

    def test_every_tool_that_failed_is_named(self) -> None:
        self.has('bin/nft', 'echo "no such module"; exit 1')
        self.has('bin/iptables')
        self.has('bin/iptables-restore', 'exit 4')
        self.assertEqual(program.main(), 1)
        self.assertIn('nft: no such module; ', self.said[0])
        self.assertIn('/bin/iptables: exit status 4', self.said[0])

    def test_a_genesis_that_cannot_be_found(self) -> None:
        self.has('bin/nft')
        with mock.patch('socket.getaddrinfo', side_effect=OSError('no such name')):
            for base in ('http://genesis.lan:8080', 'nonsense'):
                self.boots(base)
                self.assertEqual(program.main(), 1)
        self.assertEqual((os.path.exists(self.path('calls')), len(self.said)), (False, 2))


if __name__ == '__main__':
    unittest.main()
