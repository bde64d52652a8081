"""What a node does with what Genesis says, over real HTTP and with the real openssl."""
import json
import os
import unittest
from unittest import mock

from enroll import places, store
from enroll.test_scene import AGENT, MAC, NEWER, SERVER, UUID, OnANode, answer


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


if __name__ == '__main__':
    unittest.main()
