"""Nodes that were booted before there was enrolment, and nodes whose role has changed."""
import json
import os
import unittest

from enroll import held, places
from enroll.test_scene import AGENT, NEWER, OLD, SERVER, OnANode
from trust.proof import agent_key


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


if __name__ == '__main__':
    unittest.main()
