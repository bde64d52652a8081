"""`k3s kubectl`, as far as nodes go."""
import json
import sys
from typing import List

import etcd
import nodes


def run(words: List[str]) -> int:
    """get nodes|node NAME -o json, create -f -, delete node NAME; others are refused."""
    flags = [word for word in words if word.startswith('--')]
    words = [word for word in words if word not in flags]
    try:
        return carry_out(words)
    except etcd.EtcdError as error:
        print(f'The connection to the server 127.0.0.1:6443 was refused: {error}', file=sys.stderr)
        return 1


def carry_out(words: List[str]) -> int:
    if words == ['create', '-f', '-']:
        nodes.put(json.load(sys.stdin))
        return 0
    if words[:2] == ['get', 'nodes'] and words[2:] == ['-o', 'json']:
        print(json.dumps({'kind': 'List', 'items': nodes.all_nodes()}))
        return 0
    if len(words) == 5 and words[:2] == ['get', 'node'] and words[3:] == ['-o', 'json']:
        node = nodes.get(words[2])
        if node is not None:
            print(json.dumps(node))
            return 0
    elif len(words) == 3 and words[:2] == ['delete', 'node']:
        if nodes.delete(words[2]):
            print(f'node "{words[2]}" deleted')
            return 0
    else:
        print(f'not supported by the stand-in for kubectl: {" ".join(words)}', file=sys.stderr)
        return 2
    print(f'Error from server (NotFound): nodes "{words[2]}" not found', file=sys.stderr)
    return 1
