"""How a server becomes a member of etcd: founds, joins, or goes on."""
import os
import secrets
import ssl
import time
from typing import Any, Dict, List

import client
import etcd
from settings import Fatal, Settings

# etcd's own words while somebody else joins, or while a voter cannot be reached.
WAIT_FOR = ('too many learner members in cluster', 'unhealthy cluster')


class Data:
    """server/db of one node."""

    def __init__(self, settings: Settings) -> None:
        self.db = os.path.join(settings.data_dir, 'server/db')
        self.etcd = os.path.join(self.db, 'etcd')
        self.wal = os.path.join(self.etcd, 'member/wal')
        self.tombstone = os.path.join(self.etcd, 'tombstone')
        self.name = os.path.join(self.etcd, 'name')

    def set_aside(self) -> None:
        """The effect of a tombstone: the old data is kept, but moved aside."""
        os.rename(self.etcd, f'{self.etcd}-old-{time.time_ns()}')

    def member_name(self, node: str) -> str:
        """NODE-<8 hex>, made once."""
        if os.path.exists(self.name):
            with open(self.name, encoding='utf8') as file:
                return file.read()
        os.makedirs(self.etcd, mode=0o700, exist_ok=True)
        name = f'{node}-{secrets.token_hex(4)}'
        with open(self.name, 'w', encoding='utf8') as file:
            file.write(name)
        return name


def found(settings: Settings, data: Data, address: str) -> etcd.Etcd:
    """A new cluster."""
    name = data.member_name(settings.node_name)
    cluster = f'{name}=http://{address}:2380'
    return etcd.Etcd(name, address, data.etcd, '--initial-cluster', cluster)


def go_on(settings: Settings, data: Data, address: str) -> etcd.Etcd:
    """A member with its data."""
    return etcd.Etcd(data.member_name(settings.node_name), address, data.etcd)


def join(settings: Settings, data: Data, address: str, tls: ssl.SSLContext) -> etcd.Etcd:
    """A new member of the cluster that `server` belongs to."""
    name = data.member_name(settings.node_name)
    peer = f'http://{address}:2380'
    listed = wait_to_be_listed(settings, data, tls, name, peer)
    cluster = ','.join(f'{one.name or name}={url}' for one in listed for url in one.peer_urls)
    print(f'joining etcd as {name}: {cluster}', flush=True)
    return etcd.Etcd(name, address, data.etcd, '--initial-cluster', cluster,
                     '--initial-cluster-state', 'existing')


def wait_to_be_listed(
    settings: Settings, data: Data, tls: ssl.SSLContext, name: str, peer: str
) -> List[etcd.Member]:
    """The members with us among them, added as a learner if need be; asks every second, for 5 min."""
    until = time.monotonic() + 300
    while True:
        info: Dict[str, Any] = client.get_json(settings, tls, '/db/info')
        listed = [etcd.member_of(one) for one in info['members']]
        if any(not one.name and peer in one.peer_urls or one.name == name for one in listed):
            return listed
        if any(one.node() == settings.node_name for one in listed):
            os.remove(data.name)
            raise Fatal('duplicate node name found, please use a unique name for this node')
        base = next(url for one in listed if not one.learner for url in one.client_urls)
        try:
            etcd.call('cluster/member/add', {'peerURLs': [peer], 'isLearner': True}, base, 10)
        except etcd.EtcdError as error:
            if not any(words in str(error) for words in WAIT_FOR) or time.monotonic() > until:
                raise Fatal(f'failed to add the member: {error}') from error
            print(f'Waiting for other members to finish joining etcd cluster: {error}', flush=True)
            time.sleep(1)
