"""Everything specific to k3s: where it keeps things, how to query it, what its configuration says."""
import json
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

PROGRAM = '/var/lib/homepbp/bin/k3s'
PORT = 6443
SERVER_UNIT = 'k3s.service'
AGENT_UNIT = 'k3s-agent.service'
UNIT_OF = {'server': SERVER_UNIT, 'agent': AGENT_UNIT}

CONFIG = '/etc/rancher/k3s/config.yaml'
"""Ours alone; the user's own settings belong in config.yaml.d beside it, which k3s reads after it."""
DATA = '/var/lib/rancher/k3s'
DB = DATA + '/server/db'
WAL = DB + '/etcd/member/wal'
"""If this folder exists, k3s continues as the member that it is, whatever its configuration says."""
NAME = DB + '/etcd/name'
"""This node's name in etcd, NODE-<8 hex>: generated if there is no such file."""
TOMBSTONE = DB + '/etcd/tombstone'
"""Left by a member that etcd has removed; with `server:` k3s then moves its data aside and joins again."""
CA = DATA + '/server/tls/server-ca.crt'
AGENT_CA = DATA + '/agent/server-ca.crt'
KUBELET = 'http://127.0.0.1:10248/healthz'
PERMIT = '/run/homepbp/k3s-permit'
"""Allows one start of a k3s without data, until the second since power-on that it says; see k3s-may-start."""

CA_PATH = '/cacerts'
MEMBERS_PATH = '/db/info'
"""For servers' tokens only; older k3s (1.21.2) gives it to anybody."""
CONFIG_PATH = '/v1-k3s/config'
"""For agents' tokens; the first thing that `k3s agent` asks, and a joining server before it joins."""
SERVER_USER = 'server'
AGENT_USER = 'node'
"""With the agents' token where the server has one, else with the servers'."""
METRICS = 'http://127.0.0.1:2381/metrics'
"""Of k3s' etcd; on the loopback only."""
ACTIVE_PEERS = 'etcd_network_active_peers'

ETCD_LABEL = 'node-role.kubernetes.io/etcd'
MEMBER_ANNOTATION = 'etcd.k3s.cattle.io/node-name'
ADDRESS_ANNOTATION = 'etcd.k3s.cattle.io/node-address'
MEMBER_FINALIZER = 'wrangler.cattle.io/managed-etcd-controller'
"""Of k3s' controller that removes the member of a deleted Node: until it has, the Node stays."""


class Start(NamedTuple):
    """What one configuration is made of."""

    role: str
    """server | agent."""
    name: str
    node_ip: str
    password: str
    """An agent's is the agents' token, if it has that."""
    agent_token: Optional[str]
    """What a server is to admit agents by; None: by its own token."""
    init: bool
    """Found a cluster, by `cluster-init`."""
    server: Optional[str]
    """Address of a server to join."""
    ca_hash: Optional[str]


class Credentials(NamedTuple):
    """What a node shows to a server that has proved to be ours."""

    role: str
    """server | agent."""
    password: str
    agent_token: Optional[str] = None
    """Of a server: what it would admit agents by."""


def token(start: Start) -> str:
    """The full form, by which k3s knows the CA; the short one is for the founding only, when there is
    no CA yet."""
    user = AGENT_USER if start.role == 'agent' else SERVER_USER
    return start.password if start.ca_hash is None else f'K10{start.ca_hash}::{user}:{start.password}'


def config(start: Start, shared: Dict[str, Any]) -> str:
    """config.yaml, whole. `shared` are the settings that all servers must have alike."""
    settings: Dict[str, Any] = dict(shared) if start.role == 'server' else {}
    settings['token'] = token(start)
    if start.role == 'server' and start.agent_token is not None:
        settings['agent-token'] = start.agent_token
    settings['node-name'] = start.name
    settings['node-ip'] = start.node_ip
    if start.server is not None:
        settings['server'] = f'https://{start.server}:{PORT}'
    if start.init:
        settings['cluster-init'] = True
    lines = [f'{key}: {json.dumps(value)}' for key, value in sorted(settings.items())]
    head = '# Written by homepbp-join at each start of k3s. Put your own settings in config.yaml.d/*.yaml'
    return '\n'.join([head, *lines, ''])


class Listed(NamedTuple):
    """A member of etcd as /db/info lists it."""

    id: int
    member: str
    """NODE-<8 hex>; empty until it has started."""
    address: Optional[str]
    learner: bool

    @property
    def node(self) -> str:
        """The name of its node."""
        return self.member.rpartition('-')[0]


def listed_members(body: bytes) -> List[Listed]:
    """The members in an answer to /db/info.

    Raises ValueError for anything else, including the list without ids that some releases make up while
    etcd does not answer.
    """
    found = json.loads(body)
    rows = found.get('members') if isinstance(found, dict) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= 64:
        raise ValueError('not a list of members')
    members = [_listed(row) for row in rows]
    if any(one.id == 0 for one in members):
        raise ValueError('its etcd does not answer')
    return members


def _listed(row: Any) -> Listed:
    if not isinstance(row, dict):
        raise ValueError('not a member')
    urls, number = row.get('peerURLs') or [''], row.get('ID', 0)
    if not isinstance(urls, list) or not isinstance(number, (int, str)):
        raise ValueError('not a member')
    address = str(urls[0]).partition('//')[2].rpartition(':')[0].strip('[]') or None
    learner = bool(row.get('isLearner', False))
    return Listed(int(number), str(row.get('name', '')), address, learner)


def active_peers(metrics: str) -> Tuple[str, ...]:
    """The ids, in hexadecimal, of the members that etcd is connected to, from its metrics."""
    found = []
    for line in metrics.splitlines():
        if line.startswith(ACTIVE_PEERS + '{') and not line.endswith(' 0'):
            found.append(line.partition('Remote="')[2].partition('"')[0])
    return tuple(found)


def node_object(name: str, member: Listed) -> Dict[str, Any]:
    """A Node whose deletion makes k3s remove this member, where Kubernetes has no Node for it. With the
    finalizer from the start: deleted before k3s has put it there, the Node would go and the member stay."""
    annotations = {MEMBER_ANNOTATION: member.member, ADDRESS_ANNOTATION: member.address}
    metadata = {
        'name': name, 'labels': {ETCD_LABEL: 'true'}, 'annotations': annotations,
        'finalizers': [MEMBER_FINALIZER]}
    return {'apiVersion': 'v1', 'kind': 'Node', 'metadata': metadata}
