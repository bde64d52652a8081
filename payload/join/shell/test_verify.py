import base64
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Dict, List, Optional, Tuple

from join.others import Server as Found
from join.shell import https, k3s, ports, verify

MEMBERS = json.dumps({'members': [{'ID': 7, 'name': 'n1-00000000', 'peerURLs': ['https://10.0.0.1:2380']}]})


def openssl(*words: str) -> None:
    subprocess.run(['openssl', *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


TOKENS = {'server': 'secret', 'node': 'for agents'}
USER_OF = {'/db/info': 'server', '/v1-k3s/config': 'node'}
"""Who may ask what; of other users k3s knows that they may not, of other passwords that they are wrong."""


def basic(user: str, password: str) -> str:
    return 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()


class Server(HTTPServer):
    """A server of one case: what it shows as /cacerts, whom it admits, and what it was told."""

    cacerts = b''
    tokens: Dict[str, str] = TOKENS
    heard: List[Tuple[str, Optional[str]]] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off is what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.heard.append((self.path, self.headers.get('Authorization')))
        status, body = self.answer()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def answer(self) -> Tuple[int, bytes]:
        assert isinstance(self.server, Server)
        if self.path == '/cacerts':
            return 200, self.server.cacerts
        shown = self.headers.get('Authorization')
        if shown not in [basic(*one) for one in self.server.tokens.items()]:
            return 401, b'not authorized'
        user = USER_OF[self.path]
        if shown != basic(user, self.server.tokens[user]):
            return 403, b'forbidden'
        return 200, MEMBERS.encode() if self.path == '/db/info' else b'{"ClusterDomain": "cluster.local"}'

    def log_message(self, format: str, *args: object) -> None:
        pass


@unittest.skipIf(shutil.which('openssl') is None, 'openssl is not installed')
class Verify(unittest.TestCase):
    folder: 'tempfile.TemporaryDirectory[str]'
    hashes: Dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.hashes = {}
        for name in ('ours', 'other'):
            cert, key = cls.path(name + '.crt'), cls.path(name + '.key')
            openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                    '-subj', f'/CN={name}', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert)
            cls.hashes[name] = hashlib.sha256(cls.read(name)).hexdigest()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    @classmethod
    def path(cls, name: str) -> str:
        return os.path.join(cls.folder.name, name)

    @classmethod
    def read(cls, name: str) -> bytes:
        with open(cls.path(name + '.crt'), 'rb') as file:
            return file.read()

    def serve(self, identity: str, cacerts: bytes) -> Server:
        server = Server(('127.0.0.1', 0), Handler)
        server.cacerts, server.heard = cacerts, []
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.path(identity + '.crt'), self.path(identity + '.key'))
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def inspect(
        self, server: Server, *trusted: str, own: k3s.Credentials = k3s.Credentials('server', 'secret'),
    ) -> Optional[Found]:
        return verify.inspect('127.0.0.1', server.server_address[1], trusted, own, True)

    def ask_ours(self, own: k3s.Credentials, tokens: Dict[str, str] = TOKENS) -> Tuple[Found, List[str]]:
        """What our own server is to a node with these credentials, and what that node asked it."""
        server = self.serve('ours', self.read('ours'))
        server.tokens = tokens
        found = self.inspect(server, self.hashes['ours'], own=own)
        assert found is not None
        return found, [path for path, _ in server.heard]

    def test_a_server_of_ours_is_verified_with_the_password(self) -> None:
        server = self.serve('ours', self.read('ours'))
        found = self.inspect(server, self.hashes['ours'])
        assert found is not None
        self.assertTrue(found.verified)
        self.assertEqual(found.members, ('n1',))
        self.assertIsNotNone(server.heard[-1][1])

    def test_an_agent_asks_for_what_a_node_may_have(self) -> None:
        found, asked = self.ask_ours(k3s.Credentials('agent', 'for agents'))
        self.assertEqual((found.verified, found.refuses, found.members), (True, False, ()))
        self.assertEqual(asked, ['/cacerts', '/v1-k3s/config'])

    def test_a_server_of_ours_that_does_not_take_the_token_is_told_from_strangers(self) -> None:
        for own in (k3s.Credentials('agent', 'another'), k3s.Credentials('server', 'another')):
            found, _ = self.ask_ours(own)
            self.assertEqual((found.verified, found.refuses, found.ca_hash), (False, True, self.hashes['ours']))

    def test_whether_a_server_admits_agents_by_our_token(self) -> None:
        ours = k3s.Credentials('server', 'secret', 'for agents')
        found, _ = self.ask_ours(ours)
        self.assertTrue(found.verified and found.takes_agents)
        found, _ = self.ask_ours(ours, {'server': 'secret', 'node': 'secret'})
        self.assertTrue(found.verified and not found.takes_agents)
        found, asked = self.ask_ours(ours._replace(agent_token=None))
        self.assertTrue(found.verified and found.takes_agents)
        self.assertNotIn('/v1-k3s/config', asked)

    def test_another_hash_hears_no_password(self) -> None:
        server = self.serve('other', self.read('other'))
        found = self.inspect(server, self.hashes['ours'])
        assert found is not None
        self.assertFalse(found.verified)
        self.assertEqual(server.heard, [('/cacerts', None)])

    def test_our_own_ca_shown_by_another_hears_no_password(self) -> None:
        server = self.serve('other', self.read('ours'))
        found = self.inspect(server, self.hashes['ours'])
        assert found is not None
        self.assertFalse(found.verified)
        self.assertEqual([auth for _, auth in server.heard], [None])

    def test_our_ca_beside_the_rogues_hears_no_password(self) -> None:
        der = hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.read('ours').decode())).hexdigest()
        server = self.serve('other', self.read('other') + self.read('ours'))
        found = self.inspect(server, der, self.hashes['ours'])
        assert found is not None
        self.assertFalse(found.verified)
        self.assertEqual([auth for _, auth in server.heard], [None])

    def test_a_chain_is_known_by_the_der_form_of_one_of_it(self) -> None:
        der = hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.read('ours').decode())).hexdigest()
        server = self.serve('ours', self.read('other') + self.read('ours'))
        found = self.inspect(server, der)
        assert found is not None
        self.assertTrue(found.verified)

    def test_what_is_no_ca(self) -> None:
        for body in (b'', b'nothing', b'\xff\xfe', self.read('ours') * 9):
            with self.assertRaises(ValueError):
                verify.authorities(body)

    def test_a_silent_server_is_given_up_in_time(self) -> None:
        silent = socket.socket()
        self.addCleanup(silent.close)
        silent.bind(('127.0.0.1', 0))
        silent.listen(1)
        begun = time.monotonic()
        with self.assertRaises(https.Failed):
            https.get('127.0.0.1', silent.getsockname()[1], '/cacerts', https.trusting_nobody(), None, 0.3)
        self.assertLess(time.monotonic() - begun, 5)

    def test_one_that_drips_its_handshake_is_given_up_in_time_too(self) -> None:
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)

        def drip() -> None:
            wire, _ = listener.accept()
            with wire:
                wire.recv(4096)
                # The head of a record of 16 KiB, which would take hours.
                for piece in [b'\x16\x03\x03\x40\x00', *[b'\x02'] * 60]:
                    try:
                        wire.sendall(piece)
                    except OSError:
                        return
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        begun = time.monotonic()
        with self.assertRaises(https.Failed):
            https.get('127.0.0.1', listener.getsockname()[1], '/cacerts', https.trusting_nobody(), None, 0.5)
        self.assertLess(time.monotonic() - begun, 4)

    def test_what_looks_like_thousands_of_certificates_costs_no_time(self) -> None:
        body = b'-----BEGIN CERTIFICATE-----\n' * (https.MOST_BYTES // 28)
        begun = time.process_time()
        with self.assertRaises(ValueError):
            verify.authorities(body)
        self.assertLess(time.process_time() - begun, 2)

    def test_the_scan_finds_who_listens(self) -> None:
        server = self.serve('ours', b'')
        port = server.server_address[1]
        self.assertEqual(ports.open_ports(['127.0.0.2', '127.0.0.1', 'nonsense'], port), ['127.0.0.1'])
