import json
import os
import tempfile
import unittest
from typing import Any, Dict
from unittest import mock

from join.shell import durable, paths
from join.shell.seed import Seed, boot_environment, read_seed

CLUSTER: Dict[str, Any] = {
    'name': 'home', 'epoch': 2, 'quorum': 'majority', 'founded': False, 'ca_hash': None, 'ignore': ['10.0.0.99'],
    'known_servers': [], 'k3s_config': {'disable': ['traefik']}, 'founding_sets': [['n1'], ['n1', 'n2']],
    'servers': [{'name': 'n1', 'ip': '10.0.0.1'}, {'name': 'n2', 'ip': None}],
}
NODE: Dict[str, Any] = {
    'version': 1, 'name': 'n1', 'role': 'server', 'ip': '10.0.0.1/24', 'known_servers': [], 'cluster': CLUSTER,
}


class Reading(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ('NODE', 'SECRETS', 'BOOT'):
            patch = mock.patch.object(paths, name, os.path.join(folder.name, name))
            patch.start()
            self.addCleanup(patch.stop)

    def seed(self, cluster: Dict[str, Any], **node: Any) -> Seed:
        for path, value in (
            (paths.NODE, {**NODE, **node, 'cluster': {**CLUSTER, **cluster}}),
            (paths.SECRETS, {'version': 1, 'token': 'secret', 'peer_key': 'key'}),
        ):
            with open(path, 'w', encoding='utf8') as file:
                json.dump(value, file)
        return read_seed()

    def test_what_the_inventory_says_reaches_the_core(self) -> None:
        seed = self.seed({})
        config = seed.config
        self.assertEqual((config.name, config.epoch, config.sets), ('n1', 2, (('n1',), ('n1', 'n2'))))
        self.assertEqual(config.servers, (('n1', '10.0.0.1'), ('n2', None)))
        self.assertEqual((seed.password, seed.peer_key, seed.static_ip), ('secret', b'key', '10.0.0.1'))
        self.assertEqual((seed.ignore, seed.shared), (('10.0.0.99',), {'disable': ['traefik']}))

    def test_a_known_server_outside_the_inventory_means_join_only(self) -> None:
        self.assertFalse(self.seed({'known_servers': ['n2', '10.0.0.1']}).config.join_only)
        for found in (self.seed({'known_servers': ['10.9.9.9']}), self.seed({}, known_servers=['10.9.9.9'])):
            self.assertTrue(found.config.join_only)
            self.assertEqual(found.config.hints, ('10.9.9.9',))

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
