"""What a node does with what Genesis says, over real HTTP and with the real openssl."""
import json
import os
import unittest
from unittest import mock

from enroll import held, places, store
from enroll.test_scene import AGENT, MAC, NEWER, OLD, PATH, SERVER, UUID, OnANode, answer
from trust import seal
from trust.proof import agent_key


class FirstTime(OnANode):
    def test_a_node_shows_its_key_and_gets_its_secrets(self) -> None:
        os.unlink(places.KEY)
        os.rmdir(places.KEY_FOLDER)
        self.genesis.gives(SERVER)
        outcome = self.round()
        self.assertEqual((outcome.kept.used, outcome.trouble), (SERVER, None))
        self.assert_kept(SERVER)
        [asked] = self.genesis.asked
        self.assertEqual((asked['version'], asked['mac'], asked['state']), (1, MAC, UUID))
        self.assertRegex(asked['nonce'], '^[0-9a-f]{32}$')
        self.assertEqual(asked['key'], self.pem())
        for path in (places.SECRETS, places.KEY):
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(places.KEY_FOLDER).st_mode & 0o777, 0o700)

    def test_the_key_stays_and_the_nonce_does_not(self) -> None:
        os.unlink(places.KEY)
        for _ in range(2):
            self.round()
        first, second = self.genesis.asked
        self.assertEqual(first['key'], second['key'])
        self.assertNotEqual(first['nonce'], second['nonce'])

    def test_without_a_disk_there_is_no_state_to_name(self) -> None:
        self.boots('agent', 'none')
        self.genesis.gives(AGENT)
        self.round()
        self.assertIsNone(self.genesis.asked[0]['state'])
        self.assert_kept(AGENT)

    def test_a_node_that_lacks_its_disk_makes_no_key_and_does_not_ask(self) -> None:
        os.unlink(places.KEY)
        self.boots('server', 'refused')
        self.assertEqual(
            self.round().trouble, "the disk for this node's secrets is missing: it is broken")
        self.assertEqual((os.path.exists(places.KEY), self.genesis.asked), (False, []))

    def test_before_cloud_init_is_done_nobody_is_asked(self) -> None:
        for text in ('{}', '{"name": "n1", "role": "king"}', ''):
            self.write(places.NODE, text)
            self.assertIn(places.NODE, self.round().trouble or '')
        self.assertEqual(self.genesis.asked, [])

    def test_a_damaged_key_is_neither_used_nor_replaced(self) -> None:
        self.write(places.KEY, 'not a key')
        self.assertRegex(self.round().trouble or '', r'key\.pem cannot be used: openssl pkey.*to have a new one made')
        with open(places.KEY, encoding='utf8') as file:
            self.assertEqual(file.read(), 'not a key')

    def test_without_openssl_it_says_so(self) -> None:
        os.unlink(places.KEY)
        with mock.patch.dict(os.environ, PATH='/nonexistent'):
            self.assertIn('no key for this node can be made: openssl does not run', self.round().trouble or '')

    def test_damaged_secrets_are_not_taken_for_none(self) -> None:
        self.genesis.gives(SERVER)
        self.write(places.SECRETS, '{"version": 2')
        outcome = self.round()
        self.assertIn(f'{places.SECRETS} cannot be used: not JSON', outcome.trouble or '')
        self.assertEqual(self.genesis.asked, [])

    def test_a_state_that_takes_no_files_is_told(self) -> None:
        self.genesis.gives(SERVER)
        os.mkdir(places.SECRETS + '.new')
        outcome = self.round()
        self.assertIn('this node cannot keep its secrets: ', outcome.trouble or '')
        self.assert_kept(None)


class Again(OnANode):
    def test_the_same_secrets_are_not_written_again(self) -> None:
        self.has(SERVER)
        self.genesis.gives(SERVER)
        with mock.patch.object(store, 'use', side_effect=AssertionError), \
                mock.patch.object(store, 'stage', side_effect=AssertionError):
            self.assertIsNone(self.round().trouble)

    def test_another_set_is_only_staged(self) -> None:
        self.has(SERVER)
        self.genesis.gives(NEWER, NEWER.peer_key, SERVER.peer_key)
        for _ in range(2):
            self.assertEqual(self.round().kept.staged, NEWER)
        self.assert_kept(SERVER, NEWER)
        self.assertEqual(os.stat(places.STAGED).st_mode & 0o777, 0o600)

    def test_what_is_staged_goes_when_genesis_goes_back(self) -> None:
        self.has(SERVER, staged=NEWER)
        self.genesis.gives(SERVER)
        self.assertIsNone(self.round().kept.staged)
        self.assert_kept(SERVER)

    def test_damaged_staged_secrets_are_had_again(self) -> None:
        self.has(SERVER)
        self.write(places.STAGED, '{')
        self.genesis.gives(NEWER, SERVER.peer_key)
        self.round()
        self.assert_kept(SERVER, NEWER)

    def test_who_does_not_know_our_secrets_is_not_believed(self) -> None:
        self.has(SERVER)
        for keys in ((NEWER.peer_key,), ('',)):
            self.genesis.gives(SERVER._replace(token='a trap'), *keys)
            self.assertIn('it does not know the secrets that this node has', self.round().trouble or '')
        self.assert_kept(SERVER)

    def test_an_answer_to_another_question_is_not_believed(self) -> None:
        self.has(SERVER)
        replayed = answer(NEWER, self.pem(), 'ab' * 16, SERVER.peer_key)
        self.genesis.says(200, replayed)
        self.assertIn('it does not know', self.round().trouble or '')
        self.assert_kept(SERVER)

    def test_a_proof_is_for_what_was_sealed_with_it(self) -> None:
        self.has(SERVER)

        def mixed(body: 'dict[str, str]') -> 'tuple[int, bytes]':
            right = json.loads(answer(SERVER, body['key'], body['nonce'], SERVER.peer_key))
            wrong = json.loads(answer(NEWER, body['key'], body['nonce'], 'no key'))
            return 200, json.dumps({**wrong, 'proofs': right['proofs']}).encode()

        self.genesis.enroll = mixed
        self.assertIn('it does not know', self.round().trouble or '')
        self.assert_kept(SERVER)

    def test_other_secrets_under_the_same_id(self) -> None:
        self.has(SERVER)
        self.genesis.gives(SERVER._replace(token='another'))
        self.assertIn('other secrets under the id of those in use', self.round().trouble or '')
        self.assert_kept(SERVER)

    def test_genesis_is_off(self) -> None:
        self.has(SERVER)
        self.write(places.BOOT_ENV, f'HOMEPBP_BASE=http://127.0.0.1:1\nHOMEPBP_NODE={MAC}\n')
        outcome = self.round()
        self.assertEqual((outcome.kept.used, outcome.is_heard), (SERVER, False))


class BootedBefore(OnANode):
    """With secrets of version 1, which only seeds had."""

    def seed(self, slot: str, text: str, folder: str = 'seed') -> None:
        self.write(os.path.join(places.BOOT_FOLDER, slot, folder, 'user-data'), text)

    def user_data(self, token: str, indent: str = '') -> str:
        """As the template wrote it; indented where there was more than one part."""
        return ''.join(f'{indent}{line}\n' for line in f'''#cloud-config
write_files:
  - path: /etc/homepbp/node.json
    permissions: "0644"
    content: |
      {{"name": "n1"}}
  - path: /etc/homepbp/secrets.json
    permissions: "0600"
    content: |
      {{
        "version": 1,
        "token": "{token}",
        "peer_key": "the peer key"
      }}
runcmd: []'''.splitlines())

    def test_they_are_on_state_before_anybody_is_asked(self) -> None:
        self.write(places.SEED_SECRETS, json.dumps(held.as_json(OLD)))
        self.genesis.says(503, b'not yet')
        self.assertEqual(self.round().kept.used, OLD)
        self.assert_kept(OLD)

    def test_the_seed_of_a_slot_has_them(self) -> None:
        places_of_seed = (('b', 'seed', ''), ('a', 'seed', '    '), ('a', 'seed.new', ''), ('b', 'seed.old', ''))
        for slot, folder, indent in places_of_seed:
            self.seed(slot, self.user_data('the token', indent), folder)
            self.assertEqual(self.round().kept.used, OLD, (slot, folder))
            os.unlink(places.SECRETS)
            os.unlink(os.path.join(places.BOOT_FOLDER, slot, folder, 'user-data'))

    def test_the_slot_that_is_booted_comes_first(self) -> None:
        self.seed('a', self.user_data('of slot a'))
        self.seed('b', self.user_data('of slot b'))
        self.round()
        self.assert_kept(OLD._replace(token='of slot b'))

    def test_state_outranks_every_seed(self) -> None:
        self.has(SERVER)
        self.write(places.SEED_SECRETS, json.dumps(held.as_json(OLD._replace(token='of the seed'))))
        self.seed('b', self.user_data('of the slot'))
        self.round()
        self.assert_kept(SERVER)

    def test_seeds_without_them(self) -> None:
        whole = self.user_data('x')
        for text in ('', '#cloud-config\n', whole.split('    content: |\n      {\n', maxsplit=1)[0], whole[:-60], '\0'):
            self.seed('b', text)
            self.assertIsNone(self.round().kept.used, text)

    def test_a_server_gets_the_rest_of_its_set(self) -> None:
        self.has(OLD)
        self.genesis.gives(SERVER)
        self.assertIsNone(self.round().trouble)
        self.assert_kept(SERVER)

    def test_an_agent_drops_the_servers_token(self) -> None:
        self.boots('agent')
        self.has(OLD)
        self.genesis.gives(AGENT)
        self.round()
        self.assert_kept(AGENT)
        with open(places.SECRETS, encoding='utf8') as file:
            self.assertNotIn('the token', file.read())

    def test_another_set_is_staged(self) -> None:
        self.has(OLD)
        for other in (NEWER, SERVER._replace(token='another'), SERVER._replace(peer_key='another')):
            self.genesis.gives(other, 'the peer key')
            self.round()
            self.assert_kept(OLD, other)
        self.boots('agent')
        other = AGENT._replace(peer_key='another')
        self.genesis.gives(other, agent_key(b'the peer key', 'n1').decode())
        self.round()
        self.assert_kept(OLD, other)

    def test_proofs_are_needed(self) -> None:
        self.has(OLD)
        self.genesis.gives(SERVER, 'no key of ours')
        self.assertIn('it does not know', self.round().trouble or '')
        self.assert_kept(OLD)


class AnotherRole(OnANode):
    """An agent that nodes.yaml has made a server keeps its STATE, and is known by the key that it had."""

    def test_an_agent_becomes_a_server_and_back(self) -> None:
        self.has(AGENT)
        for role, secrets, known in (('server', SERVER, AGENT), ('agent', AGENT, SERVER)):
            self.boots(role)
            self.genesis.gives(secrets, known.peer_key)
            self.assertIsNone(self.round().trouble)
            self.assert_kept(secrets)

    def test_of_another_cluster(self) -> None:
        self.has(AGENT)
        self.genesis.gives(SERVER._replace(peer_key='another'), AGENT.peer_key)
        self.assertIn('other secrets under the id', self.round().trouble or '')
        self.assert_kept(AGENT)


class WithoutAShim(OnANode):
    def test_secrets_in_the_clear_only_for_a_node_that_has_none(self) -> None:
        for status in (403, 404, 405, 501):
            self.genesis.says(status, b'<html>')
            self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(SERVER)).encode()
            self.assertIsNone(self.round().trouble)
            self.assert_kept(SERVER)
            self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(NEWER)).encode()
            self.assertEqual(self.round().trouble, 'Genesis says: <html>')
            self.assert_kept(SERVER)
            os.unlink(places.SECRETS)

    def test_sealed_ones_go_first(self) -> None:
        self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(NEWER)).encode()
        self.genesis.files[PATH + 'secrets.sealed.json'] = answer(SERVER, self.pem(), '')
        self.round()
        self.assert_kept(SERVER)

    def test_sealed_to_a_key_that_is_lost(self) -> None:
        other = os.path.join(self.root, 'other.pem')
        seal.make_key(other)
        self.genesis.files[PATH + 'secrets.sealed.json'] = answer(SERVER, seal.public_key(other), '')
        self.assertIn('openssl pkeyutl', self.round().trouble or '')
        self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(SERVER)).encode()
        self.round()
        self.assert_kept(SERVER)

    def test_a_newer_set_needs_a_proof(self) -> None:
        self.has(SERVER)
        for keys, staged in (((), None), (('no key',), None), ((SERVER.peer_key,), NEWER)):
            self.genesis.files[PATH + 'secrets.sealed.json'] = answer(NEWER, self.pem(), '', *keys)
            self.round()
            self.assert_kept(SERVER, staged)

    def test_a_file_does_not_say_what_is_newest(self) -> None:
        self.has(SERVER, staged=NEWER)
        self.genesis.files[PATH + 'secrets.sealed.json'] = answer(SERVER, self.pem(), '', SERVER.peer_key)
        self.round()
        self.assert_kept(SERVER, NEWER)

    def test_a_refusal_is_not_got_around(self) -> None:
        self.genesis.files[PATH + 'secrets.json'] = json.dumps(held.as_json(SERVER)).encode()
        for status in (400, 409, 413, 429, 500, 503):
            self.genesis.says(status, b'no')
            self.assertIn('no', self.round().trouble or '')
        self.assert_kept(None)


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
            b'', b'null', b'[]', b'{}', b'\xff', b'[' * 60_000, b'<html>', json.dumps({**good, 'version': 2}).encode(),
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
