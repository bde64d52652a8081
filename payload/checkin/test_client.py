"""Unit tests of client.py, against a real HTTP server on loopback."""
import json
import os
import socket
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, List
from unittest import mock

from checkin import client
from checkin.test_served import Served, drip
from trust.proof import proof


class Genesis(BaseHTTPRequestHandler):
    """Answers 503 to the first `failures` requests, 204 to the others."""

    heard: List[Any] = []
    failures = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers['Content-Length']))
        Genesis.heard.append((self.path, json.loads(body)))
        self.send_response(503 if len(Genesis.heard) <= Genesis.failures else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class ClientTest(Served):
    def setUp(self) -> None:
        super().setUp()
        Genesis.heard, Genesis.failures = [], 0
        server = HTTPServer(('127.0.0.1', 0), Genesis)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.base = f'http://127.0.0.1:{server.server_port}/boot'
        self.write('boot.env', f'HOMEPBP_BASE={self.base}\nHOMEPBP_NODE=52-54-00-12-34-01\n')
        self.replace('BOOT_ENV', self.path('boot.env'))
        self.replace('CLOUD_INIT_RESULT', self.path('result.json'))

    def replace(self, name: str, value: object) -> None:
        patch = mock.patch.object(client, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def path(self, name: str) -> str:
        return os.path.join(self.folder.name, name)

    def write(self, name: str, text: str) -> None:
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def test_says_what_the_contract_says(self) -> None:
        self.assertEqual(client.main(['cluster', 'waits "for" others\n']), 0)
        self.assertTrue(client.check_in('founded', 'x' * 5000, epoch=3))
        self.assertEqual(Genesis.heard, [
            ('/boot/api/checkin', {
                'mac': '52-54-00-12-34-01', 'stage': 'cluster', 'error': None,
                'message': 'waits "for" others\n',
            }),
            ('/boot/api/checkin', {
                'mac': '52-54-00-12-34-01', 'stage': 'founded', 'error': None, 'epoch': 3,
                'message': 'x' * 400,
            }),
        ])

    def test_one_with_consequences_proves_what_it_says(self) -> None:
        for epoch in (3, None):
            client.check_in('founded', 'ab12', epoch=epoch, prover=client.Prover(b'key', 'c0ffee'))
        for (_, body), fields in zip(Genesis.heard, (('founded', '3', 'ab12'), ('founded', '', 'ab12'))):
            self.assertEqual(body['challenge'], 'c0ffee')
            expected = proof(b'key', 'check-in', 'c0ffee', '52-54-00-12-34-01', *fields)
            self.assertEqual(body['proof'], expected)

    def test_one_try_and_whether_it_was_heard(self) -> None:
        Genesis.failures = 1
        self.assertEqual(client.main(['founded']), 1)
        self.assertEqual(len(Genesis.heard), 1)
        self.assertEqual(client.main(['founded']), 0)

    def test_nobody_listens(self) -> None:
        for text in ('', 'HOMEPBP_BASE=file:///etc\nHOMEPBP_NODE=x\n', 'nonsense\n'):
            self.write('boot.env', text)
            self.assertEqual(client.main(['ready']), 1)
        os.remove(self.path('boot.env'))
        self.assertEqual(client.main(['ready']), 1)

    def test_a_silent_server_costs_two_seconds(self) -> None:
        with socket.socket() as silent:
            silent.bind(('127.0.0.1', 0))
            silent.listen()
            base = f'http://127.0.0.1:{silent.getsockname()[1]}'
            began = time.monotonic()
            body = client.body_of('52-54-00-12-34-01', 'ready', '', None, None)
            self.assertFalse(client.post(base, body, 0.3))
            self.assertLess(time.monotonic() - began, 2)

    def test_a_server_that_answers_a_byte_at_a_time_costs_no_more(self) -> None:
        over = threading.Event()
        base = self.serve(drip(b'', over))
        began = time.monotonic()
        self.assertFalse(client.post(base, client.body_of('52-54-00-12-34-01', 'ready', '', None, None), 0.4))
        self.assertLess(time.monotonic() - began, 2)
        self.assertTrue(over.wait(5), 'it has hung up')

    def test_an_answer_that_is_no_http_is_none(self) -> None:
        base = self.serve(lambda it: it.sendall(b'SSH-2.0-x\r\n'))
        self.assertFalse(client.post(base, client.body_of('52-54-00-12-34-01', 'ready', '', None, None)))
        self.assertEqual(len(self.heard), 1)

    def test_what_is_not_understood(self) -> None:
        cases: List[List[str]] = [[], ['kernel'], ['founded', 'a', '', '1'], ['--booted', 'x']]
        for words in cases:
            with mock.patch('sys.stderr'):
                self.assertEqual(client.main(words), 2, words)
        self.assertEqual(Genesis.heard, [])

    def test_once_the_system_is_up(self) -> None:
        self.assertEqual(client.main(['--booted']), 0)
        self.write('result.json', '{"v1": {"errors": ["no network"]}}')
        client.main(['--booted'])
        self.write('result.json', '{"v1": {"errors": []}}')
        self.write('boot.env', f'HOMEPBP_BASE={self.base}\nHOMEPBP_NODE=a\nHOMEPBP_MODE=recovery\n')
        client.main(['--booted'])
        told = [(body['stage'], body['error']) for _, body in Genesis.heard]
        self.assertEqual(told, [('seed', None), ('seed', 'cloud-init: no network'), ('ready', None)])


if __name__ == '__main__':
    unittest.main()
