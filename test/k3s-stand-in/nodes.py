"""Node objects: keys in etcd, with what k3s' member controller reads."""
import json
from typing import Any, Dict, List, Optional

import etcd

PREFIX = '/registry/minions/'
LABEL = 'node-role.kubernetes.io/etcd'
MEMBER = 'etcd.k3s.cattle.io/node-name'
ADDRESS = 'etcd.k3s.cattle.io/node-address'


def server_node(name: str, member: str, address: str) -> Dict[str, Any]:
    """The Node of a server."""
    return {
        'apiVersion': 'v1', 'kind': 'Node',
        'metadata': {
            'name': name, 'labels': {LABEL: 'true'}, 'annotations': {MEMBER: member, ADDRESS: address},
        },
    }


def put(node: Dict[str, Any]) -> None:
    etcd.put(PREFIX + node['metadata']['name'], json.dumps(node))


def get(name: str) -> Optional[Dict[str, Any]]:
    text = etcd.get(PREFIX + name)
    node: Optional[Dict[str, Any]] = None if text is None else json.loads(text)
    return node


def all_nodes() -> List[Dict[str, Any]]:
    return [json.loads(text) for text in etcd.list_prefix(PREFIX)]


def delete(name: str) -> bool:
    """Deletes a Node, and as the member controller does the etcd member that it represents."""
    node = get(name)
    if node is None:
        return False
    etcd.delete(PREFIX + name)
    metadata = node['metadata']
    if LABEL not in metadata.get('labels', {}):
        return True
    wanted = metadata.get('annotations', {})
    for member in etcd.members():
        at = any(f'//{wanted.get(ADDRESS)}:' in url for url in member.peer_urls)
        if member.name == wanted.get(MEMBER) and at:
            etcd.call('cluster/member/remove', {'ID': str(member.id)})
    return True
