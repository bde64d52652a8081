import threading
import time
import unittest
from typing import List, Optional, Tuple
from unittest import mock

from join.shell import k3s_data, own_server, test_watch, verify
from join.shell.removal import remove_member
from join.shell.test_node import Node
from join.test_scene import CA

LISTED = own_server.View(verify.Authority(CA, ''), test_watch.OwnServer.ROWS)
REMOVED = LISTED._replace(members=tuple(one for one in LISTED.members if one.node != 'n2'))


class Removing(Node):
    def setUp(self) -> None:
        super().setUp()
        self.views: List[Optional[own_server.View]] = [LISTED, REMOVED]
        self.commands: List[Tuple[str, ...]] = []
        self.fails: Tuple[str, ...] = ()
        self.stdin = ''
        self.now = 0.0
        self.patch(own_server, 'look', self.look)
        self.patch(k3s_data, 'kubectl', self.kubectl)
        self.patch(time, 'monotonic', lambda: self.now)
        self.patch(time, 'sleep', self.sleep)

    def remove(self, name: str) -> str:
        return remove_member(name, 'secret', self.root)

    def look(self, ca: Optional[str], password: str) -> Optional[own_server.View]:
        """One view after the other; the last one stays."""
        return self.views.pop(0) if len(self.views) > 1 else self.views[0]

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def kubectl(self, *words: str, stdin: str = '') -> object:
        self.commands.append(words)
        self.stdin += stdin
        return mock.Mock(returncode=int(words[0] in self.fails), stderr='no')

    def verbs(self) -> List[str]:
        return [words[0] for words in self.commands]

    def test_its_node_is_deleted_and_kubectl_does_not_wait_for_it(self) -> None:
        self.assertIn('n2 was removed', self.remove('n2'))
        self.assertEqual(self.verbs(), ['get', 'delete'])
        self.assertEqual(self.commands[-1], ('delete', 'node', 'n2', '--wait=false'))

    def test_where_kubernetes_has_none_one_is_made_that_stays_until_the_member_has_gone(self) -> None:
        self.fails = ('get',)
        self.assertIn('n2 was removed', self.remove('n2'))
        self.assertEqual(self.verbs(), ['get', 'create', 'delete'])
        self.assertIn('"etcd.k3s.cattle.io/node-name": "n2-00000002"', self.stdin)
        self.assertIn('"finalizers": ["wrangler.cattle.io/managed-etcd-controller"]', self.stdin)

    def test_it_is_called_removed_when_etcd_has_let_it_go_and_not_before(self) -> None:
        self.views = [*[LISTED] * 62, None, REMOVED]
        self.assertIn('n2 was removed', self.remove('n2'))
        self.assertEqual(self.now, 62.0)

    def test_a_member_that_etcd_keeps_was_not_removed(self) -> None:
        for last in (LISTED, None):
            self.views = [LISTED, last]
            begun = self.now
            self.assertIn('n2 could not be removed: its Node was deleted 90 s ago', self.remove('n2'))
            self.assertEqual(self.now - begun, 90.0)

    def test_what_goes_wrong_is_said(self) -> None:
        for fails in (('get', 'create'), ('delete',)):
            self.fails, self.views = fails, [LISTED]
            self.assertIn('could not be removed: no', self.remove('n2'))
        self.assertIn('no member n9', self.remove('n9'))
        self.views = [None]
        self.assertIn('etcd does not answer here', self.remove('n2'))

    def test_two_at_once_could_hit_the_new_member(self) -> None:
        answers: List[str] = []

        def sleep(seconds: float) -> None:
            other = threading.Thread(target=lambda: answers.append(self.remove('n2')))
            other.start()
            other.join()
            self.views = [REMOVED]

        self.views = [LISTED]
        self.patch(time, 'sleep', sleep)
        self.assertIn('n2 was removed', self.remove('n2'))
        self.assertEqual(answers, ['n2 was not removed: another removal is in progress'])
        self.assertEqual(self.verbs(), ['get', 'delete'])


if __name__ == '__main__':
    unittest.main()
