"""Requests as an agent makes them that a stranger has taken over."""
import json
import os
from typing import Any, Dict, Tuple
from unittest import mock

from join.model import Member, Votes
from join.root import vocabulary
from join.shell import durable, k3s, k3s_data, paths
from join.shell.test_node import Node
from join.timing import START_WITHIN

VOTES = durable.votes_to_json(Votes(1))
MEMBER = durable.member_to_json(Member(1, 'joining'))


class Requests(Node):
    def ask(self, line: bytes) -> Dict[str, Any]:
        with mock.patch('builtins.print'):
            found = json.loads(vocabulary.answer(line, lambda: self.gone))
        assert isinstance(found, dict)
        return found

    def refuse(self, **request: Any) -> str:
        """Why it is not done; nothing on the node has changed."""
        before = self.everything()
        answer = self.ask(json.dumps(request).encode())
        self.assertEqual(list(answer), ['error'], request)
        self.assertEqual((self.everything(), self.words), (before, []), request)
        return str(answer['error'])

    def everything(self) -> Dict[str, str]:
        names = [os.path.join(at, name) for at, _, files in os.walk(self.folder) for name in files]
        return {name: self.read(name) for name in names}


class Hostile(Requests):
    def test_what_is_no_request(self) -> None:
        for line in (b'', b'\n', b'{', b'[]', b'"stop"', b'{}', b'\xff\n', b'[' * 100_000, b'{"do": ["stop"]}',
                     b'{"do": "systemctl"}', b'{"do": "__class__"}', b'{"do": null}', b'{"do": "stop", "do": 1}'):
            self.assertEqual(list(self.ask(line)), ['error'], line[:20])
        self.assertEqual(self.words, [])

    def test_a_field_more_or_less(self) -> None:
        self.refuse(do='stop', unit='ssh.service')
        self.refuse(do='start')
        self.refuse(do='start', until=1, unit='ssh.service')
        self.refuse(do='configure', init=False, server=None)
        self.refuse(do='configure', init=False, server=None, ca_hash=None, token='mine')
        self.refuse(do='keep-member', member=MEMBER, path='/etc/passwd')

    def test_another_file_is_not_read(self) -> None:
        for path in ('/etc/shadow', paths.NODE + '/../secrets', '', None, 5, [paths.NODE], k3s.CONFIG, paths.STATUS):
            self.refuse(do='read', path=path)
        self.write(paths.VOTES, ' ' * 300_000)
        self.assertIn('more than', self.refuse(do='read', path=paths.VOTES))

    def test_what_no_memory_is_is_not_kept(self) -> None:
        bad: Tuple[Any, ...] = (
            None, [], {}, {**VOTES, 'epoch': -1}, {**VOTES, 'version': 2}, {**VOTES, 'more': 1},
            {**VOTES, 'promised': [1]}, {**VOTES, 'founded': []}, {**VOTES, 'epoch': 1e9})
        for votes in bad:
            self.refuse(do='keep-votes', votes=votes)
        for member in (None, 'joined', {**MEMBER, 'mode': 'king'}, {**MEMBER, 'roster': [['n1']]}, {'version': 1}):
            self.refuse(do='keep-member', member=member)

    def test_no_text_gets_into_k3s_configuration_but_an_address_and_a_hash(self) -> None:
        for server in ('n2', '10.0.0.2:6443/x', '10.0.0.2\n', 'https://10.0.0.2', '', 5, True, 'fe80::1%a b',
                       'fe80::1%' + 'a' * 16, '10.0.0.2%'):
            self.refuse(do='configure', init=False, server=server, ca_hash=None, with_agents=True)
        for ca_hash in ('', 'a' * 63, 'A' * 64, 'a' * 64 + '\n', 5, '::server:x'):
            self.refuse(do='configure', init=False, server=None, ca_hash=ca_hash, with_agents=True)
        for flag in (1, None, 'true'):
            self.refuse(do='configure', init=flag, server=None, ca_hash=None, with_agents=True)
            self.refuse(do='configure', init=True, server=None, ca_hash=None, with_agents=flag)
        self.refuse(do='configure', init=True, server='10.0.0.2', ca_hash=None, with_agents=True)

    def test_no_permit_outlasts_what_was_verified(self) -> None:
        with mock.patch('time.clock_gettime', return_value=1000.0):
            for until in (1000.1 + START_WITHIN, float('inf'), float('nan'), -1, True, '1005', None):
                self.refuse(do='start', until=until)

    def test_only_what_enrolment_has_staged_becomes_the_nodes_secrets(self) -> None:
        for do in ('keep-previous', 'take-staged'):
            for staged in ('', 'b' * 15, 'B' * 16, 'b' * 16 + '\n', None, 5, '../secrets'):
                self.refuse(do=do, staged=staged)
        self.state = 'inactive'
        for text in ('{"set": "%s"}' % ('a' * 16), '{', '[]'):
            self.write(paths.STAGED, text)
            for do in ('keep-previous', 'take-staged'):
                self.ask(json.dumps({'do': do, 'staged': 'b' * 16}).encode())
        self.assertFalse(os.path.exists(paths.PREVIOUS))
        self.assertIn('"version": 1', self.read(paths.SECRETS))

    def test_only_a_node_is_removed(self) -> None:
        run = mock.Mock()
        self.patch(k3s_data, 'kubectl', run)
        for name in ('--all', '-l app', 'N2', 'n2/../n3', '', 'a' * 254, 'n2 n3', 'n2\n', None):
            self.refuse(do='remove-node', name=name, member='n2-0a', address=None)
        for member in ('', '-x', 'n2 0a', 'n2"', 5):
            self.refuse(do='remove-node', name='n2', member=member, address=None)
        self.refuse(do='remove-node', name='n2', member='n2-0a', address='n2')
        run.assert_not_called()

    def test_a_console_is_written_words_and_nothing_else(self) -> None:
        for text in (5, None, ['x']):
            self.refuse(do='say', text=text)
        self.ask(json.dumps({'do': 'say', 'text': 'a\x1b[2J\r\nb\x9bc' + 'x' * 5000}).encode())
        self.assertEqual(self.shown, ['a?[2J??b?c' + 'x' * 1990])

    def test_a_status_is_an_object(self) -> None:
        self.refuse(do='write-status', status='x')
