"""etcd itself: a child process, and its JSON gateway."""
import base64
import json
import subprocess
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

LOCAL = 'http://127.0.0.1:2379'
REMOVED = 'the member has been permanently removed from the cluster'


class EtcdError(Exception):
    """etcd's own words, or those of the connection to it."""


@dataclass(frozen=True)
class Member:
    """A member as etcd lists it; one that never started has no name."""

    id: int
    name: str
    peer_urls: List[str]
    client_urls: List[str]
    learner: bool

    def node(self) -> str:
        """The name of its node: NODE-<8 hex>."""
        return self.name.rpartition('-')[0]


def call(path: str, body: Dict[str, Any], base: str = LOCAL, seconds: float = 3) -> Dict[str, Any]:
    """One call of etcd's JSON gateway."""
    request = urllib.request.Request(f'{base}/v3/{path}', json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            found: Dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        raise EtcdError(error.read().decode(errors='replace')) from error
    except (OSError, ValueError) as error:
        raise EtcdError(str(error)) from error


def members(base: str = LOCAL) -> List[Member]:
    """The members. Reads a key first, which takes a quorum: the list alone does not."""
    call('kv/range', {'key': b64('/')}, base)
    return [member_of(one) for one in call('cluster/member/list', {}, base).get('members', [])]


def member_of(one: Dict[str, Any]) -> Member:
    return Member(
        int(one['ID']), one.get('name', ''), one.get('peerURLs', []), one.get('clientURLs', []),
        bool(one.get('isLearner', False)),
    )


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def get(key: str) -> Optional[str]:
    """A key's value."""
    found = call('kv/range', {'key': b64(key)}).get('kvs', [])
    return base64.b64decode(found[0].get('value', '')).decode() if found else None


def list_prefix(prefix: str) -> List[str]:
    """The values of all keys with a prefix."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    found = call('kv/range', {'key': b64(prefix), 'range_end': b64(end)}).get('kvs', [])
    return [base64.b64decode(one.get('value', '')).decode() for one in found]


def put(key: str, value: str) -> None:
    call('kv/put', {'key': b64(key), 'value': b64(value)})


def delete(key: str) -> None:
    call('kv/deleterange', {'key': b64(key)})


class Etcd:
    """A running etcd. Its lines go to our standard error, and are searched for REMOVED."""

    def __init__(self, name: str, address: str, data: str, *more: str) -> None:
        client, peer = f'http://{address}:2379', f'http://{address}:2380'
        listen = LOCAL if address == '127.0.0.1' else f'{client},{LOCAL}'
        self.removed = False
        self.child = subprocess.Popen(
            ['etcd', '--name', name, '--data-dir', data, '--listen-client-urls', listen,
             '--advertise-client-urls', client, '--listen-peer-urls', peer,
             '--initial-advertise-peer-urls', peer, '--listen-metrics-urls', 'http://127.0.0.1:2381',
             '--heartbeat-interval', '200', '--election-timeout', '2000',
             '--log-level', 'warn', '--logger', 'zap', *more],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.child.stderr is not None
        for line in self.child.stderr:
            self.removed = self.removed or REMOVED in line
            print('etcd:', line.rstrip()[:400], flush=True)
