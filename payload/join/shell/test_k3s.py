import json
import unittest
from typing import Dict, Tuple

from join.shell import k3s

START = k3s.Start('server', 'n1', '10.0.0.1', 'secret', None, False, None, None)
HASH = 'a' * 64


def info(*rows: object) -> bytes:
    return json.dumps({'members': rows}).encode()


class Configuration(unittest.TestCase):
    def test_a_founder_has_the_short_token_and_no_server(self) -> None:
        text = k3s.config(START._replace(init=True), {})
        self.assertIn('cluster-init: true\n', text)
        self.assertIn('token: "secret"\n', text)
        self.assertNotIn('server:', text)

    def test_a_joiner_has_the_full_token_and_never_cluster_init(self) -> None:
        text = k3s.config(START._replace(server='10.0.0.2', ca_hash=HASH), {})
        self.assertIn(f'token: "K10{HASH}::server:secret"\n', text)
        self.assertIn('server: "https://10.0.0.2:6443"\n', text)
        self.assertNotIn('cluster-init', text)

    def test_a_server_that_has_the_agents_token_admits_agents_by_it(self) -> None:
        with_agents = START._replace(agent_token='for agents')
        for start in (with_agents, with_agents._replace(init=True), with_agents._replace(ca_hash=HASH)):
            self.assertIn('agent-token: "for agents"\n', k3s.config(start, {}))
        self.assertNotIn('agent-token', k3s.config(START, {}))
        self.assertIn('agent-token: "for agents"\n', k3s.config(with_agents, {'agent-token': 'other'}))

    def test_an_agent_joins_as_a_node(self) -> None:
        agent = START._replace(role='agent', password='for agents', server='10.0.0.2', ca_hash=HASH)
        text = k3s.config(agent._replace(agent_token='never on an agent'), {})
        self.assertIn(f'token: "K10{HASH}::node:for agents"\n', text)
        self.assertNotIn('agent-token', text)

    def test_shared_settings_are_for_servers_and_do_not_outrank_ours(self) -> None:
        shared = {'disable': ['traefik'], 'token': 'other'}
        self.assertIn('disable: ["traefik"]\n', k3s.config(START, shared))
        self.assertIn('token: "secret"\n', k3s.config(START, shared))
        self.assertNotIn('disable', k3s.config(START._replace(role='agent'), shared))


class Members(unittest.TestCase):
    def test_members_with_large_ids(self) -> None:
        row: Dict[str, object] = {'ID': 2 ** 63 + 1, 'name': 'n-1-ecd816b4', 'peerURLs': ['https://10.0.0.1:2380']}
        found = k3s.listed_members(info(row, dict(row, ID=2, isLearner=True)))
        self.assertEqual(found[0], k3s.Listed(2 ** 63 + 1, 'n-1-ecd816b4', '10.0.0.1', False))
        self.assertEqual(found[0].node, 'n-1')
        self.assertTrue(found[1].learner)

    def test_a_list_that_k3s_makes_up_without_etcd_is_none(self) -> None:
        with self.assertRaisesRegex(ValueError, 'etcd'):
            k3s.listed_members(info({'name': 'n1-ecd816b4', 'peerURLs': ['https://10.0.0.1:2380']}))

    def test_what_is_no_list(self) -> None:
        rows: Tuple[Dict[str, object], ...] = ({'ID': []}, {'ID': None}, {'ID': 1, 'peerURLs': {'a': 'b'}}, {'ID': 1, 'peerURLs': 7})
        for body in (b'', b'[]', b'{}', b'{"members": []}', b'{"members": [3]}', info(*[{}] * 65), *map(info, rows)):
            with self.assertRaises(ValueError):
                k3s.listed_members(body)

    def test_connected_members_from_the_metrics(self) -> None:
        text = 'x 1\netcd_network_active_peers{Local="a",Remote="b1"} 1\n' \
               'etcd_network_active_peers{Local="a",Remote="b2"} 0\n'
        self.assertEqual(k3s.active_peers(text), ('b1',))
