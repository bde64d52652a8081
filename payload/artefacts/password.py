"""The node's password for k3s, if no disk can keep one: the same at each boot, so that k3s' servers recognize the
agent. k3s-agent.service runs this before k3s, which would else make one."""
import hashlib
import hmac
import os
import sys
from typing import Any, Dict

from join.shell import durable, paths

ROOT = os.environ.get('HOMEPBP_SYSROOT', '')
DISK = ROOT + paths.DISK
NODE = ROOT + paths.NODE
SECRETS = ROOT + paths.SECRETS
PASSWORD = ROOT + '/etc/rancher/node/password'


def derive(peer_key: str, name: str) -> str:
    """32 hexadecimal digits, as long as what k3s makes for itself. For secrets of version 1 only: later ones have
    the password."""
    text = b'homepbp node password ' + name.encode()
    return hmac.new(peer_key.encode(), text, hashlib.sha256).hexdigest()[:32]


def password_of() -> str:
    """This node's. Raises durable.Unreadable."""
    secrets = read(SECRETS)
    if secrets.get('version') == 1:
        return derive(text_of(SECRETS, secrets, 'peer_key'), text_of(NODE, read(NODE), 'name'))
    return text_of(SECRETS, secrets, 'node_password')


def read(path: str) -> Dict[str, Any]:
    """A JSON object that must be there. Raises durable.Unreadable."""
    found = durable.read_json(path)
    if found is None:
        raise durable.Unreadable(f'{path} is missing')
    return found


def text_of(path: str, found: Dict[str, Any], key: str) -> str:
    """Raises durable.Unreadable."""
    if not isinstance(found.get(key), str) or not found[key]:
        raise durable.Unreadable(f'{path} has no usable {key}')
    return str(found[key])


def main() -> int:
    """Does nothing on a node with a STATE: k3s makes a password there, and it is kept."""
    try:
        if text_of(DISK, read(DISK), 'state') != 'none':
            return 0
        password = password_of()
    except durable.Unreadable as fault:
        print(f'k3s: no password for this node: {fault}', flush=True)
        return 1
    os.makedirs(os.path.dirname(PASSWORD), mode=0o700, exist_ok=True)
    with open(os.open(PASSWORD, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', encoding='ascii') as out:
        out.write(password + '\n')
    print('k3s: this node has no disk; its password is that of its secrets', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
