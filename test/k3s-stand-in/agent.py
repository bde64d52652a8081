"""`k3s agent`: admitted by any server, and then at home with all of them."""
import json
import ssl
import time
from typing import List

import client
from settings import Fatal, Settings, read_settings


def run(words: List[str]) -> int:
    """Runs until the process is ended; k3s' exit status."""
    settings = read_settings(words)
    try:
        if not settings.text('server'):
            raise Fatal('--server is required')
        tls = client.trusted(settings)
        servers = admit(settings, tls, settings.text('server'))
    except Fatal as error:
        print(f'level=fatal msg="{error}"', flush=True)
        return 1
    print('agent admitted', flush=True)
    while True:
        servers = stay(settings, tls, servers)
        time.sleep(2)


def admit(settings: Settings, tls: ssl.SSLContext, url: str) -> List[str]:
    """The servers of the cluster, as one of them knows them."""
    body = client.get(url, '/v1-k3s/config', tls, 'node', settings.password, settings.node_name)
    found: List[str] = json.loads(body)['servers']
    return found


def stay(settings: Settings, tls: ssl.SSLContext, servers: List[str]) -> List[str]:
    """Asks the servers in turn; those known before are kept when none answers."""
    for address in servers:
        try:
            return admit(settings, tls, f'https://{address}:6443')
        except Fatal as error:
            print(f'{address} does not answer: {error}', flush=True)
    return servers
