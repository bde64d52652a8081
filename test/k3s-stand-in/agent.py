"""`k3s agent`: admitted by any server, and then at home with all of them."""
import json
import os
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import List

import client
from certificates import write_private
from settings import Fatal, Settings, read_settings


def run(words: List[str]) -> int:
    """Runs until the process is ended; k3s' exit status."""
    settings = read_settings(words)
    try:
        if not settings.text('server'):
            raise Fatal('--server is required')
        tls = client.trusted(settings)
        keep_ca(settings)
        servers = admit(settings, tls, settings.text('server'))
    except Fatal as error:
        print(f'level=fatal msg="{error}"', flush=True)
        return 1
    print('agent admitted', flush=True)
    kubelet = HTTPServer(('127.0.0.1', 10248), Healthz)
    threading.Thread(target=kubelet.serve_forever, daemon=True).start()
    while True:
        servers = stay(settings, tls, servers)
        time.sleep(2)


class Healthz(BaseHTTPRequestHandler):
    """The kubelet's own word that it runs."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'ok')

    def log_message(self, format: str, *args: object) -> None:
        pass


def keep_ca(settings: Settings) -> None:
    """agent/server-ca.crt, as k3s keeps it."""
    ca = client.get(settings.text('server'), '/cacerts', client.anyone()).decode()
    write_private(os.path.join(settings.data_dir, 'agent/server-ca.crt'), ca)


def admit(settings: Settings, tls: ssl.SSLContext, url: str) -> List[str]:
    """The servers of the cluster, as one of them knows them."""
    for path in ('/v1-k3s/config', '/v1-k3s/client-kubelet.crt'):
        client.get(url, path, tls, 'node', settings.password, settings.node_name)
    found: List[str] = json.loads(client.get(url, '/v1-k3s/apiservers', tls, 'node', settings.password))
    return found


def stay(settings: Settings, tls: ssl.SSLContext, servers: List[str]) -> List[str]:
    """Asks the servers in turn; those known before are kept when none answers."""
    for address in servers:
        try:
            return admit(settings, tls, f'https://{address}')
        except Fatal as error:
            print(f'{address} does not answer: {error}', flush=True)
    return servers
