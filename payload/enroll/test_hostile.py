"""Answers that are not Genesis', or not for this node."""
import json
import os
import unittest

from enroll import held, places
from enroll.test_scene import AGENT, OLD, PATH, SERVER, OnANode, answer


class Hostile(OnANode):
    def assert_refused(self, why: str) -> None:
        for used in (None, SERVER):
            self.has(used)
            self.assertRegex(self.round().trouble or '', why)
            self.assert_kept(used)
        os.unlink(places.SECRETS)

    def test_secrets_of_others(self) -> None:
        agent = AGENT._replace(peer_key=SERVER.peer_key)
        for secrets, why in (
            (SERVER._replace(name='n2'), 'the secrets of another node'), (agent, 'for the role agent, and this node has'),
            (OLD, 'of an older version'),
        ):
            self.genesis.gives(secrets)
            self.assert_refused(why)

    def test_secrets_that_are_none(self) -> None:
        wrongs = {
            'set': ('', 'x' * 16, 'aa' * 9, None), 'token': (None, '', 5, 'two\nlines', 'x' * 1025, '\x1b[2J'),
            'peer_key': (None, '', 'two\nlines', []), 'agent_token': (None, True), 'role': ('king', None),
            'name': (None, {}), 'node_password': (5, ''), 'version': (3, '2', None, True),
        }
        good = SERVER._asdict()
        for key, values in wrongs.items():
            for value in values:
                with self.subTest(key=key, value=value), self.assertRaises(held.Unfit) as caught:
                    held.parse(json.dumps({**good, key: value}))
                self.assertNotIn('the token', str(caught.exception))
        for text in ('', 'null', '[]', '5', '"x"', '[' * 100_000, '{"version": 2}', '{"version": []}'):
            with self.assertRaises(held.Unfit):
                held.parse(text)
        self.assertEqual(held.parse(json.dumps({**good, 'more': 1})), SERVER)

    def test_what_is_not_an_answer(self) -> None:
        good = json.loads(answer(SERVER, self.pem(), ''))
        sealed, key = good['sealed'], SERVER.peer_key
        bodies = [
            b'', b'null', b'[]', b'{}', b'\xff', b'[' * 60_000, json.dumps({**good, 'version': 2}).encode(),
            json.dumps({**good, 'proofs': None}).encode(), json.dumps({**good, 'proofs': [5]}).encode(),
            json.dumps({**good, 'proofs': ['a' * 64] * 65}).encode(), json.dumps({**good, 'sealed': [1]}).encode(),
            json.dumps({**good, 'sealed': {**sealed, 'tag': 5}}).encode(),
        ]
        for body in bodies:
            self.genesis.says(200, body)
            self.assert_refused("is not used: its answer is not one of HomePBP's enrolment")

    def test_what_cannot_be_opened(self) -> None:
        changes: 'list[dict[str, object]]' = [
            {'data': 'AAAA'}, {'key': 'AAAA'}, {'key': '!'}, {'version': 2}, {'data': None}]
        for change in changes:
            def changed(body: 'dict[str, str]', more: 'dict[str, object]' = change) -> 'tuple[int, bytes]':
                found = json.loads(answer(SERVER, body['key'], body['nonce'], SERVER.peer_key))
                return 200, json.dumps({**found, 'sealed': {**found['sealed'], **more}}).encode()
            self.genesis.enroll = changed
            self.assert_refused('the answer of http://.* is not used: ')

    def test_a_sentence_cannot_reach_into_a_terminal(self) -> None:
        self.genesis.says(403, b'\x1b]0;x\x07no \x9b2J' + 'é'.encode() + b'\r\nsecond line' + b'x' * 5000)
        self.assertEqual(self.round().trouble, 'Genesis says: ]0;xno \ufffd2Jé')
        self.genesis.says(403, b'x' * 5000)
        self.assertEqual(self.round().trouble, 'Genesis says: ' + 'x' * 300)
        self.genesis.says(409, b'HomePBP: n1 is enrolled\n')
        self.assertEqual(self.round().trouble, "GENESIS REFUSES THIS NODE'S KEY: n1 is enrolled")
        self.genesis.says(503, b' \n')
        self.assertEqual(self.round().trouble, 'Genesis says: HTTP status 503')

    def test_redirects_are_not_followed(self) -> None:
        self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(SERVER)).encode()
        for status in (301, 302, 307, 308):
            self.genesis.says(status, b'elsewhere')
            self.assertEqual(self.round().trouble, 'Genesis says: elsewhere')
        self.assert_kept(None)


if __name__ == '__main__':
    unittest.main()
