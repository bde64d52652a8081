"""`k3s server`: which of its ways a start takes, and what it does while it runs."""
import os
import socket
import sys
import threading
import time
from typing import List

import api
import client
import etcd
import members
import nodes
from certificates import Certificates, read, write_private
from passwords import Passwords
from settings import Fatal, Settings, read_settings


def run(words: List[str]) -> int:
    """Runs until etcd ends; k3s' exit status."""
    try:
        settings = read_settings(words)
        return reset(settings) if settings.flag('cluster-reset') else Server(settings).run()
    except Fatal as error:
        print(f'level=fatal msg="{error}"', flush=True)
        return 1


class Server:
    """One start of a server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.data = members.Data(settings)
        self.address = settings.text('node-ip')
        if not self.address:
            raise Fatal('the stand-in needs node-ip')
        self.certificates = Certificates(os.path.join(settings.data_dir, 'server/tls'))
        self.passwords = Passwords(settings)

    def run(self) -> int:
        child = self.start_etcd()
        server = self.serve()
        while child.child.poll() is None:
            self.look_after(child, server)
            time.sleep(1 if server.ready else 0.2)
        if not child.removed:
            raise Fatal(f'etcd ended with status {child.child.returncode}')
        server.ready = False
        write_private(self.data.tombstone, '')
        print('this node has been removed from the cluster please restart k3s to rejoin', flush=True)
        while True:
            time.sleep(60)

    def start_etcd(self) -> etcd.Etcd:
        """k3s' start-up rules, in their order."""
        settings, data = self.settings, self.data
        if os.path.exists(data.tombstone):
            if not settings.text('server'):
                raise Fatal('tombstone file has been detected but --server is empty')
            data.set_aside()
        if os.path.isdir(data.wal):
            print('Starting etcd for existing cluster member', flush=True)
            self.passwords.go_on()
            return members.go_on(settings, data, self.address)
        if settings.text('server'):
            tls = client.trusted(settings)
            client.compare_settings(settings, tls)
            bootstrap = client.get_json(settings, tls, '/v1-k3s/server-bootstrap')
            self.certificates.take((bootstrap['ca'], bootstrap['key']))
            self.passwords.take(bootstrap['passwd'])
            return members.join(settings, data, self.address, tls)
        if not settings.flag('cluster-init'):
            raise Fatal('STANDALONE: neither server nor cluster-init; k3s would found one on SQLite')
        if settings.ca_hash and not os.path.exists(self.certificates.ca):
            raise Fatal('a first server takes only the short form of the token')
        self.certificates.found()
        self.passwords.found()
        return members.found(settings, data, self.address)

    def serve(self) -> api.Api:
        """Opens 6443, long before etcd answers."""
        self.certificates.serve_as(['127.0.0.1', self.address])
        server = api.Api('0.0.0.0', self.certificates.cert, self.certificates.key, self.passwords.of)
        ca, key = self.certificates.pair()
        bootstrap = {'ca': ca, 'key': key, 'passwd': read(self.passwords.datastore)}
        server.open_routes = {
            '/ping': lambda: (200, api.TEXT, b'pong' if server.ready else b'starting'),
            '/cacerts': lambda: (200, api.TEXT, ca.encode()),
        }
        server.server_routes = {
            '/v1-k3s/server-bootstrap': lambda: api.as_json(bootstrap),
            '/db/info': db_info,
        }
        server.node_routes = {
            '/v1-k3s/config': lambda _: api.as_json(self.settings.critical),
            '/v1-k3s/apiservers': lambda _: api.as_json(addresses()),
            '/v1-k3s/client-kubelet.crt': self.admit_agent,
        }
        threading.Thread(target=server.serve_forever, daemon=True).start()
        token = f'K10{self.certificates.hash()}::server:{self.settings.password}'
        write_private(os.path.join(self.settings.data_dir, 'server/token'), token + '\n')
        self.certificates.write_kubeconfig(self.settings.kubeconfig)
        return server

    def admit_agent(self, node: str) -> api.Answer:
        """A kubelet gets its certificate; here its Node with it."""
        nodes.put({'apiVersion': 'v1', 'kind': 'Node', 'metadata': {'name': node}})
        return 200, api.TEXT, self.certificates.pair()[0].encode()

    def look_after(self, child: etcd.Etcd, server: api.Api) -> None:
        """What runs each second: ready or not, our Node, and as the leader the learners."""
        try:
            listed = etcd.members()
            if not server.ready:
                name = self.data.member_name(self.settings.node_name)
                if any(one.name == name and one.learner for one in listed):
                    return
                nodes.put(nodes.server_node(self.settings.node_name, name, self.address))
                server.ready = True
                notify_ready()
            status = etcd.call('maintenance/status', {})
            if status.get('leader') == status['header']['member_id']:
                for one in listed:
                    if one.learner:
                        etcd.call('cluster/member/promote', {'ID': str(one.id)})
        except etcd.EtcdError as error:
            if server.ready:
                print(f'etcd: {str(error)[:200]}', flush=True)


def addresses() -> List[str]:
    """The servers, ADDRESS:PORT."""
    urls = [url for one in etcd.members() for url in one.client_urls]
    return [url.split('/')[2].split(':')[0] + ':6443' for url in urls]


def db_info() -> api.Answer:
    """The members, with IDs as numbers, which may be above 2^53."""
    try:
        listed = etcd.members()
    except etcd.EtcdError as error:
        return 500, api.TEXT, str(error).encode()
    return api.as_json({
        'members': [
            {'ID': one.id, 'name': one.name, 'peerURLs': one.peer_urls, 'clientURLs': one.client_urls,
             **({'isLearner': True} if one.learner else {})}
            for one in listed
        ]
    })


def notify_ready() -> None:
    """Tells systemd that the unit is up."""
    path = os.environ.get('NOTIFY_SOCKET')
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b'READY=1', '\0' + path[1:] if path.startswith('@') else path)


def reset(settings: Settings) -> int:
    """--cluster-reset: etcd with this member alone, then ends; the next start is a normal one."""
    if settings.text('server'):
        raise Fatal('cannot perform cluster-reset while server URL is set')
    data, address = members.Data(settings), settings.text('node-ip')
    if not os.path.isdir(data.wal):
        raise Fatal('etcd database does not exist, nothing to reset')
    child = etcd.Etcd(data.member_name(settings.node_name), address, data.etcd, '--force-new-cluster')
    until = time.monotonic() + 60
    while child.child.poll() is None and time.monotonic() < until:
        try:
            etcd.members()
        except etcd.EtcdError:
            time.sleep(0.2)
            continue
        child.child.terminate()
        child.child.wait()
        if os.path.exists(data.tombstone):
            os.remove(data.tombstone)
        print('Managed etcd cluster membership has been reset, restart without --cluster-reset flag now.')
        sys.stdout.flush()
        return 0
    child.child.kill()
    raise Fatal('etcd did not start for the reset')
