"""The node's password towards k3s, where no disk can keep one: derived, so that it is the same at each
boot, and k3s' servers know the agent again (HMAC-SHA256 of the peer key and the node's name)."""
import hashlib
import hmac
import json
import os
import sys

ROOT = os.environ.get('HOMEPBP_SYSROOT', '')
DISK = ROOT + '/run/homepbp/disk.json'
NODE = ROOT + '/etc/homepbp/node.json'
SECRETS = ROOT + '/etc/homepbp/secrets.json'
PASSWORD = ROOT + '/etc/rancher/node/password'


def derive(peer_key: str, name: str) -> str:
    """32 hexadecimal digits, as long as what k3s makes for itself."""
    text = b'homepbp node password ' + name.encode()
    return hmac.new(peer_key.encode(), text, hashlib.sha256).hexdigest()[:32]


def main() -> int:
    """Does nothing on a node with a STATE: k3s makes a password there, and it is kept."""
    with open(DISK, encoding='utf8') as file:
        if json.load(file)['state'] != 'none':
            return 0
    with open(NODE, encoding='utf8') as file:
        name = json.load(file)['name']
    with open(SECRETS, encoding='utf8') as file:
        peer_key = json.load(file)['peer_key']
    os.makedirs(os.path.dirname(PASSWORD), mode=0o700, exist_ok=True)
    with open(os.open(PASSWORD, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', encoding='ascii') as out:
        out.write(derive(peer_key, name) + '\n')
    print('k3s files: this node has no disk; its password is derived', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
