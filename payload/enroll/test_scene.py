"""For tests: a node in a folder of its own, and a Genesis that seals with the real openssl."""
import atexit
import base64
import hashlib
import hmac
import json
import os
import subprocess
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, Optional, Tuple
from unittest import mock

from enroll import held, places, rounds
from trust.proof import agent_key, proof
from trust.seal import make_key, public_key

MAC = '52-54-00-12-34-01'
UUID = 'c0ffee00-0000-4000-8000-000000000001'
PATH = f'/nodes/{MAC}/'

OLD = held.Held(1, None, None, None, 'the token', None, 'the peer key', None)
SERVER = held.Held(2, 'n1', 'server', 'aa' * 8, 'the token', 'for agents', 'the peer key', None)
AGENT = held.Held(
    2, 'n1', 'agent', 'aa' * 8, None, 'for agents', agent_key(b'the peer key', 'n1').decode(), 'a password')
NEWER = SERVER._replace(set='bb' * 8, token='another token', peer_key='another peer key')

_folder = tempfile.TemporaryDirectory()
atexit.register(_folder.cleanup)
_made: List[str] = []


def some_key() -> str:
    """A private key's file; the same for all tests, because making one takes time."""
    if not _made:
        make_key(os.path.join(_folder.name, 'key.pem'))
        _made.append(os.path.join(_folder.name, 'key.pem'))
    return _made[0]


def openssl(*words: str, data: bytes) -> bytes:
    return subprocess.run(['openssl', *words], input=data, stdout=subprocess.PIPE, check=True).stdout


def seal(text: str, pem: str) -> Dict[str, Any]:
    """As trust/seal.ts does."""
    keys = os.urandom(64)
    with tempfile.NamedTemporaryFile('w') as file:
        file.write(pem)
        file.flush()
        oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256']
        options = [word for option in oaep for word in ('-pkeyopt', option)]
        sealed = openssl('pkeyutl', '-encrypt', '-pubin', '-inkey', file.name, *options, data=keys)
    words = ['enc', '-aes-256-cbc', '-pbkdf2', '-md', 'sha256', '-pass', 'pass:' + keys[:32].hex()]
    data = base64.b64encode(openssl(*words, data=text.encode())).decode()
    tag = hmac.new(keys[32:], data.encode(), hashlib.sha256).hexdigest()
    return {'version': 1, 'key': base64.b64encode(sealed).decode(), 'data': data, 'tag': tag}


def answer(secrets: held.Held, pem: str, nonce: str, *peer_keys: str) -> bytes:
    """The body of a 200; the proofs are by these keys, in this order."""
    sealed = seal(json.dumps(held.as_json(secrets)), pem)
    proofs = [proof(key.encode(), 'enroll', nonce, sealed['tag']) for key in peer_keys]
    return json.dumps({'version': 1, 'sealed': sealed, 'proofs': proofs}).encode()


Reply = Tuple[int, bytes]


class Genesis(ThreadingHTTPServer):
    """Serves `files`; `enroll` answers what is asked of the API."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), Handler)
        self.files: Dict[str, bytes] = {}
        self.asked: List[Dict[str, Any]] = []
        self.told: List[Dict[str, Any]] = []
        self.enroll: Callable[[Dict[str, Any]], Reply] = lambda body: (404, b'no such file\n')

    def gives(self, secrets: held.Held, *peer_keys: str) -> None:
        """From now on."""
        keys = peer_keys or (secrets.peer_key,)
        self.enroll = lambda body: (200, answer(secrets, body['key'], body['nonce'], *keys))

    def says(self, status: int, text: bytes) -> None:
        """From now on."""
        self.enroll = lambda body: (status, text)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Genesis)
        body = self.server.files.get(self.path)
        self.reply(404 if body is None else 200, body or b'')

    def do_POST(self) -> None:
        genesis = self.server
        assert isinstance(genesis, Genesis)
        body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        if self.path == '/api/checkin':
            genesis.told.append(body)
            self.reply(204, b'')
            return
        genesis.asked.append(body)
        self.reply(*genesis.enroll(body))

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header('Location', f'{PATH}secrets.json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class OnANode(unittest.TestCase):
    """`n1`, a server with a disk and a key."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        for name in [name for name in vars(places) if name.isupper() and name != 'ROOT']:
            patch = mock.patch.object(places, name, self.root + getattr(places, name))
            patch.start()
            self.addCleanup(patch.stop)
        for path in (places.NODE, places.SECRETS, places.ENROLMENT):
            os.makedirs(os.path.dirname(path))
        self.genesis = self.open_genesis()
        self.base = f'http://127.0.0.1:{self.genesis.server_port}'
        self.boots('server')
        self.has_key()

    def open_genesis(self) -> Genesis:
        genesis = Genesis()
        serving = threading.Thread(target=genesis.serve_forever, args=(0.01,), daemon=True)
        serving.start()
        self.addCleanup(serving.join)
        self.addCleanup(genesis.server_close)
        self.addCleanup(genesis.shutdown)
        return genesis

    def boots(self, role: str, state: str = 'mounted') -> None:
        self.write(places.NODE, json.dumps({'name': 'n1', 'role': role}))
        uuid = UUID if state == 'mounted' else None
        self.write(places.DISK, json.dumps({'state': state, 'uuid': uuid, 'reason': 'it is broken'}))
        self.write(places.BOOT_ENV, f'HOMEPBP_BASE={self.base}\nHOMEPBP_NODE={MAC}\nHOMEPBP_SLOT=b\n')

    def has_key(self) -> None:
        with open(some_key(), encoding='utf8') as file:
            self.write(places.KEY, file.read())

    def write(self, path: str, text: str) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf8') as file:
            file.write(text)

    def has(self, secrets: Optional[held.Held], staged: Optional[held.Held] = None) -> None:
        """On STATE, from before."""
        for path, one in ((places.SECRETS, secrets), (places.STAGED, staged)):
            if one is not None:
                self.write(path, json.dumps(held.as_json(one)))

    def read(self, path: str) -> Optional[held.Held]:
        if not os.path.exists(path):
            return None
        with open(path, encoding='utf8') as file:
            return held.parse(file.read())

    def round(self) -> rounds.Outcome:
        return rounds.Rounds().once()

    def assert_kept(self, used: Optional[held.Held], staged: Optional[held.Held] = None) -> None:
        """On STATE, and nothing else beside."""
        self.assertEqual((self.read(places.SECRETS), self.read(places.STAGED)), (used, staged))

    def pem(self) -> str:
        return public_key(places.KEY)
