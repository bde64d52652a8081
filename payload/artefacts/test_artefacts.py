"""The program as it runs on a node, against a real HTTP server, in a folder of its own for /."""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, Optional

from artefacts import password
from artefacts.wanted import Unusable, read_wanted

PAYLOAD = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLD, NEW = 'v1.35.7+k3s1', 'v1.36.3+k3s1'


class Server(ThreadingHTTPServer):
    """Serves `site`; notes what was asked for."""

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), Handler)
        self.site: Dict[str, bytes] = {}
        self.asked: List[str] = []


class Handler(BaseHTTPRequestHandler):
    """`cut:` before a body sends half of it; `raw:` all of it and no header."""

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.asked.append(self.path)
        body = server.site.get(self.path)
        if body is not None and body.startswith(b'raw:'):
            self.wfile.write(body[4:])
            return
        self.send_response(404 if body is None else 200)
        body = body or b''
        cut = body.startswith(b'cut:')
        body = body[4:] if cut else body
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if cut else body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class OnANode(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.server = Server()
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.base = f'http://127.0.0.1:{self.server.server_port}'
        self.write('run/homepbp/boot.env', f'HOMEPBP_NODE=x\nHOMEPBP_BASE={self.base}\n')

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def write(self, name: str, text: str) -> None:
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf8') as file:
            file.write(text)

    def read(self, name: str) -> bytes:
        with open(self.path(name), 'rb') as file:
            return file.read()

    def offer(self, version: Optional[str], url: Optional[str] = None) -> None:
        """Genesis has this version, and the node's inventory names it."""
        bodies = {} if version is None else {'k3s': f'binary {version}', 'k3s-airgap-images-amd64.tar.zst': f'images {version}'}
        files = []
        for name, text in bodies.items():
            body = text.encode()
            url_path = f'k3s/{str(version).replace("+", "%2B")}/{name}'
            self.server.site['/' + url_path] = body
            files.append({
                'path': f'{version}/{name}', 'url_path': url_path, 'url': url,
                'sha256': hashlib.sha256(body).hexdigest(), 'size': len(body),
            })
        node = {'name': 'n1', 'cluster': {'k3s_version': version}, 'k3s_files': files}
        self.write('etc/homepbp/node.json', json.dumps(node))

    def run_program(self, module: str = 'artefacts', tries: int = 2) -> 'subprocess.CompletedProcess[str]':
        env = {**os.environ, 'PYTHONPATH': PAYLOAD, 'HOMEPBP_SYSROOT': self.root,
               'HOMEPBP_TRIES': str(tries), 'HOMEPBP_PAUSE': '0.01'}
        return subprocess.run([sys.executable, '-B', '-m', module], env=env, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)

    def in_use(self) -> str:
        return os.readlink(self.path('var/lib/homepbp/bin/k3s'))

    def test_first_time(self) -> None:
        self.offer(OLD)
        done = self.run_program()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.in_use(), f'../k3s/{OLD}/k3s')
        self.assertEqual(self.read('var/lib/homepbp/bin/k3s'), f'binary {OLD}'.encode())
        self.assertTrue(os.access(self.path('var/lib/homepbp/bin/k3s'), os.X_OK))
        images = 'var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar.zst'
        self.assertEqual(self.read(images), f'images {OLD}'.encode())

    def test_second_time_is_offline(self) -> None:
        self.offer(OLD)
        self.run_program()
        asked = len(self.server.asked)
        self.server.site.clear()
        done = self.run_program()
        self.assertEqual((done.returncode, len(self.server.asked)), (0, asked), done.stdout)
        self.assertIn(f'{OLD} is complete', done.stdout)

    def test_images_have_two_names_where_one_mount_shows_both(self) -> None:
        self.offer(OLD)
        os.makedirs(self.path('run/homepbp'), exist_ok=True)
        os.symlink(self.root, self.path('run/homepbp/state'))
        self.run_program()
        images = os.stat(self.path('var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar.zst'))
        self.assertEqual(images.st_nlink, 2)

    def test_damage_on_the_disk_is_mended(self) -> None:
        self.offer(OLD)
        self.run_program()
        self.write(f'var/lib/homepbp/k3s/{OLD}/k3s', f'BINARY {OLD}')
        self.assertEqual(self.run_program().returncode, 0)
        self.assertEqual(self.read('var/lib/homepbp/bin/k3s'), f'binary {OLD}'.encode())

    def test_a_version_that_has_run_stays(self) -> None:
        self.offer(OLD)
        self.run_program()
        os.makedirs(self.path('var/lib/rancher/k3s/server/db'))
        self.offer(NEW)
        done = self.run_program()
        self.assertEqual(done.returncode, 0)
        self.assertIn(f'{NEW} is ready; {OLD} stays in use', done.stdout)
        self.assertEqual(self.in_use(), f'../k3s/{OLD}/k3s')
        self.assertEqual(self.read(f'var/lib/homepbp/k3s/{NEW}/k3s'), f'binary {NEW}'.encode())
        images = 'var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar.zst'
        self.assertEqual(self.read(images), f'images {OLD}'.encode())

    def test_a_version_that_never_ran_is_replaced(self) -> None:
        self.offer(OLD)
        self.run_program()
        self.offer(NEW)
        self.run_program()
        self.assertEqual(self.in_use(), f'../k3s/{NEW}/k3s')

    def test_wrong_bytes_are_never_used(self) -> None:
        for damage in (b'binary v1.35.7+k3sX', b'binary', b'binary v1.35.7+k3s1 and more', b'cut:binary v1.35.7+k3s1'):
            self.offer(OLD)
            self.server.site[f'/k3s/{OLD.replace("+", "%2B")}/k3s'] = damage
            done = self.run_program()
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn('could not be downloaded completely', done.stdout)
            self.assertEqual(os.listdir(self.path(f'var/lib/homepbp/k3s/{OLD}')), ['k3s-airgap-images-amd64.tar.zst'])
            self.assertFalse(os.path.lexists(self.path('var/lib/homepbp/bin/k3s')))

    def test_what_is_no_http_at_all_is_told(self) -> None:
        self.offer(OLD)
        self.server.site[f'/k3s/{OLD.replace("+", "%2B")}/k3s'] = b'raw:SSH-2.0-dropbear\r\n'
        done = self.run_program()
        self.assertEqual(done.returncode, 1)
        self.assertIn('could not be downloaded completely', done.stdout)
        self.assertNotIn('Traceback', done.stdout)

    def test_the_publisher_has_what_genesis_lacks(self) -> None:
        self.offer(OLD, url=self.base + '/upstream')
        body = self.server.site.pop(f'/k3s/{OLD.replace("+", "%2B")}/k3s')
        self.server.site['/upstream'] = body
        self.assertEqual(self.run_program().returncode, 0)
        self.assertEqual(self.read('var/lib/homepbp/bin/k3s'), body)

    def test_a_state_that_takes_no_files_is_told(self) -> None:
        self.offer(OLD)
        self.write('var/lib/homepbp/k3s', 'in the way')
        done = self.run_program()
        self.assertEqual(done.returncode, 1)
        self.assertIn('this node cannot keep files: ', done.stdout)
        self.assertNotIn('Traceback', done.stdout)

    def test_tries_are_bounded(self) -> None:
        self.offer(OLD)
        self.server.site.clear()
        done = self.run_program(tries=3)
        self.assertEqual((done.returncode, len(self.server.asked)), (1, 6), done.stdout)
        self.assertIn('2 of 2 files are missing; retrying in 0 s', done.stdout)

    def test_nothing_locked_is_no_fault(self) -> None:
        self.offer(None)
        done = self.run_program()
        self.assertEqual(done.returncode, 0)
        self.assertIn('media.lock.json has no k3s: run ./homepbp fetch', done.stdout)

    def has(self, secrets: Dict[str, Any], state: str = 'none') -> None:
        """What the password is made of."""
        self.write('etc/homepbp/node.json', '{"name": "n1"}')
        self.write('var/lib/homepbp/secrets.json', json.dumps(secrets))
        self.write('run/homepbp/disk.json', json.dumps({'state': state}))

    def test_without_a_disk_the_password_is_that_of_the_secrets(self) -> None:
        secrets = {'version': 2, 'peer_key': 'secret', 'node_password': 'ab' * 16}
        self.has(secrets, 'mounted')
        self.assertEqual(self.run_program('artefacts.password').returncode, 0)
        self.assertFalse(os.path.exists(self.path('etc/rancher')), 'k3s keeps its own on a disk')
        place = 'etc/rancher/node/password'
        for one, expected in ((secrets, 'ab' * 16), ({'version': 1, 'peer_key': 'secret'}, password.derive('secret', 'n1'))):
            self.has(one)
            self.assertEqual(self.run_program('artefacts.password').returncode, 0)
            self.assertEqual(self.read(place).decode(), expected + '\n')
            self.assertEqual(os.stat(self.path(place)).st_mode & 0o777, 0o600)

    def test_a_derived_password_is_what_enrolment_gives(self) -> None:
        # trust/node-secrets.test.ts has the same.
        self.assertEqual(password.derive('secret', 'w1'), 'd829ad3ba2cda8d07a7851f4f8c9e175')
        self.assertNotEqual(password.derive('secret', 'w2'), password.derive('secret', 'w1'))

    def test_what_the_password_lacks_is_told(self) -> None:
        first = {'version': 1, 'peer_key': 'secret'}
        for missing in ('run/homepbp/disk.json', 'etc/homepbp/node.json', 'var/lib/homepbp/secrets.json'):
            for text in ('{}', '[]', '{', None):
                self.has(first)
                if text is None:
                    os.unlink(self.path(missing))
                else:
                    self.write(missing, text)
                done = self.run_program('artefacts.password')
                self.assertEqual((done.returncode, 'Traceback' in done.stdout), (1, False), done.stdout)
                self.assertIn(self.path(missing), done.stdout)
        self.has({'version': 2, 'peer_key': 'secret', 'node_password': None})
        self.assertIn('has no usable node_password', self.run_program('artefacts.password').stdout)


class Hostile(unittest.TestCase):
    def test_a_path_out_of_the_folder(self) -> None:
        good = {'path': f'{OLD}/k3s', 'url_path': 'x', 'url': None, 'sha256': 'a' * 64, 'size': 1}
        self.assertEqual(len(read_wanted({'cluster': {'k3s_version': OLD}, 'k3s_files': [good]})[1]), 1)
        for key, value in (('path', '../k3s'), ('path', f'{OLD}/../k3s'), ('path', f'{NEW}/k3s'), ('path', f'{OLD}/.x'),
                           ('path', None), ('sha256', 'A' * 64), ('size', -1), ('size', True), ('url', 5)):
            with self.subTest(key=key, value=value), self.assertRaises(Unusable):
                read_wanted({'cluster': {'k3s_version': OLD}, 'k3s_files': [{**good, key: value}]})
        for version in ('../x', '', 5, 'v1'):
            with self.subTest(version=version), self.assertRaises(Unusable):
                read_wanted({'cluster': {'k3s_version': version}, 'k3s_files': []})


if __name__ == '__main__':
    unittest.main()
