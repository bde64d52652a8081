"""The node's password for k3s, if no disk can keep one: the same at each boot, so that k3s' servers recognize the
agent. Genesis gives it; nodes booted before it did derive it (HMAC-SHA256 of the peer key and the node's name)."""
import hashlib
import hmac
import json
import os
import sys

from join.shell import paths

ROOT = os.environ.get('HOMEPBP_SYSROOT', '')
DISK = ROOT + paths.DISK
NODE = ROOT + paths.NODE
SECRETS = ROOT + paths.SECRETS
PASSWORD = ROOT + '/etc/rancher/node/password'


def derive(peer_key: str, name: str) -> str:
    """32 hexadecimal digits, as long as what k3s makes for itself."""
    text = b'homepbp node password ' + name.encode()
    return hmac.new(peer_key.encode(), text, hashlib.sha256).hexdigest()[:32]


def read_text(path: str, key: str) -> str:
    """One text of a JSON file. Raises Missing."""
    try:
        with open(path, encoding='utf8') as file:
            found = json.load(file)[key]
        if found is None:
            raise ValueError('null')
        return str(found)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Missing(f'{path} has no usable {key}: {fault!r}') from fault


class Missing(Exception):
    """An input of the password is missing."""


def main() -> int:
    """Does nothing on a node with a STATE: k3s makes a password there, and it is kept."""
    try:
        if read_text(DISK, 'state') != 'none':
            return 0
        if read_text(SECRETS, 'version') == '1':
            password = derive(read_text(SECRETS, 'peer_key'), read_text(NODE, 'name'))
        else:
            password = read_text(SECRETS, 'node_password')
    except Missing as fault:
        print(f'k3s files: no password for this node: {fault}', flush=True)
        return 1
    os.makedirs(os.path.dirname(PASSWORD), mode=0o700, exist_ok=True)
    with open(os.open(PASSWORD, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', encoding='ascii') as out:
        out.write(password + '\n')
    print('k3s files: this node has no disk; its password is the same at each boot', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
