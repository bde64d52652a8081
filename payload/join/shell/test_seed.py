import json
import os
import tempfile
import unittest
from typing import Any, Dict, List, Tuple
from unittest import mock

from join.shell import durable, k3s, paths
from join.shell.seed import Seed, boot_environment, read_seed

CLUSTER: Dict[str, Any] = {
    'name': 'home', 'epoch': 2, 'quorum': 'majority', 'founded': False, 'ca_hash': None, 'ignore': ['10.0.0.99'],
    'known_servers': [], 'k3s_config': {'disable': ['traefik']}, 'founding_sets': [['n1'], ['n1', 'n2']],
    'servers': [{'name': 'n1', 'ip': '10.0.0.1'}, {'name': 'n2', 'ip': None}],
}
NODE: Dict[str, Any] = {
    'version': 1, 'name': 'n1', 'role': 'server', 'ip': '10.0.0.1/24', 'known_servers': [], 'cluster': CLUSTER,
}
OLD_SECRETS = {'version': 1, 'token': 'secret', 'peer_key': 'key'}
SERVERS_SECRETS: Dict[str, Any] = {
    'version': 2, 'name': 'n1', 'role': 'server', 'set': '0123456789abcdef', 'token': 'secret',
    'agent_token': 'for agents', 'peer_key': 'key', 'node_password': None,
}
AGENTS_SECRETS = {**SERVERS_SECRETS, 'role': 'agent', 'token': None, 'peer_key': 'its own', 'node_password': 'p'}


class Reading(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ('NODE', 'SECRETS', 'BOOT'):
            patch = mock.patch.object(paths, name, os.path.join(folder.name, name))
            patch.start()
            self.addCleanup(patch.stop)

    def seed(self, cluster: Dict[str, Any], secrets: Dict[str, Any] = OLD_SECRETS, **node: Any) -> Seed:
        for path, value in (
            (paths.NODE, {**NODE, **node, 'cluster': {**CLUSTER, **cluster}}),
            (paths.SECRETS, secrets),
        ):
            with open(path, 'w', encoding='utf8') as file:
                json.dump(value, file)
        return read_seed()

    def test_what_the_inventory_says_reaches_the_core(self) -> None:
        seed = self.seed({})
        config = seed.config
        self.assertEqual((config.name, config.epoch, config.sets), ('n1', 2, (('n1',), ('n1', 'n2'))))
        self.assertEqual(config.servers, (('n1', '10.0.0.1'), ('n2', None)))
        self.assertEqual((seed.password, seed.keys.own, seed.static_ip), ('secret', b'key', '10.0.0.1'))
        self.assertEqual((seed.ignore, seed.shared), (('10.0.0.99',), {'disable': ['traefik']}))

    def test_a_known_server_outside_the_inventory_means_join_only(self) -> None:
        self.assertFalse(self.seed({'known_servers': ['n2', '10.0.0.1']}).config.join_only)
        for found in (self.seed({'known_servers': ['10.9.9.9']}), self.seed({}, known_servers=['10.9.9.9'])):
            self.assertTrue(found.config.join_only)
            self.assertEqual(found.config.hints, ('10.9.9.9',))

    def test_secrets_of_before_have_no_token_for_agents(self) -> None:
        server, agent = self.seed({}), self.seed({}, role='agent')
        self.assertEqual((server.agent_token, server.keys.agent), (None, ''))
        self.assertEqual((agent.password, agent.agent_token, agent.keys.agent), ('secret', None, ''))

    def test_a_server_admits_agents_by_their_own_token(self) -> None:
        seed = self.seed({}, SERVERS_SECRETS)
        self.assertEqual((seed.password, seed.agent_token), ('secret', 'for agents'))
        self.assertEqual((seed.keys.own, seed.keys.agent), (b'key', ''))
        self.assertEqual(seed.credentials, k3s.Credentials('server', 'secret', 'for agents'))
        self.assertEqual(seed.tokens, ('secret', 'for agents'))

    def test_an_agent_has_a_token_and_a_key_of_its_own(self) -> None:
        seed = self.seed({}, AGENTS_SECRETS, role='agent')
        self.assertEqual((seed.password, seed.agent_token), ('for agents', None))
        self.assertEqual((seed.keys.own, seed.keys.agent), (b'its own', 'n1'))
        self.assertEqual(seed.credentials, k3s.Credentials('agent', 'for agents'))
        self.assertEqual(seed.tokens, ('for agents',))

    def test_secrets_that_are_not_this_nodes_are_not_taken(self) -> None:
        cases: List[Tuple[Dict[str, Any], str]] = [
            (AGENTS_SECRETS, 'made for n1, agent'), ({**SERVERS_SECRETS, 'name': 'n2'}, 'made for n2, server'),
            ({**SERVERS_SECRETS, 'token': None}, 'no token'), ({**SERVERS_SECRETS, 'agent_token': ''}, 'no agent_token'),
            ({**SERVERS_SECRETS, 'peer_key': None}, 'no peer_key'), ({**SERVERS_SECRETS, 'version': 3}, 'version 3'),
        ]
        for secrets, why in cases:
            with self.assertRaisesRegex(durable.Unreadable, f'SECRETS: .*{why}'):
                self.seed({}, secrets)

    def test_what_is_missing_is_named(self) -> None:
        with self.assertRaisesRegex(durable.Unreadable, 'NODE: cloud-init has not written it'):
            read_seed()
        self.seed({})
        with open(paths.NODE, 'w', encoding='utf8') as file:
            json.dump({'name': 'n1'}, file)
        with self.assertRaisesRegex(durable.Unreadable, "NODE: KeyError 'cluster'"):
            read_seed()

    def test_what_the_initramfs_knew(self) -> None:
        self.assertEqual(boot_environment(), {})
        with open(paths.BOOT, 'w', encoding='utf8') as file:
            file.write('HOMEPBP_BASE=http://10.0.0.5:8080\nHOMEPBP_MODE=live\n')
        self.assertEqual(boot_environment(), {'HOMEPBP_BASE': 'http://10.0.0.5:8080', 'HOMEPBP_MODE': 'live'})
