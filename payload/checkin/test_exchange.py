"""Bounds of one request: what hostile servers cost."""
import socket
import threading
import time
import unittest
from typing import Callable
from unittest import mock

from checkin.exchange import MOST_BYTES, Call, NoAnswer, exchange
from checkin.test_served import Served, Talk, drip


class Exchange(Served):
    def assert_no_answer(self, why: str, talk: Talk, seconds: float = 5.0) -> None:
        began = time.monotonic()
        with self.assertRaisesRegex(NoAnswer, why):
            exchange(self.serve(talk) + '/boot/api/enroll', b'{}', seconds)
        self.assertLess(time.monotonic() - began, seconds + 2)

    def test_a_question_and_its_answer(self) -> None:
        base = self.serve(lambda it: it.sendall(b'HTTP/1.1 409 no\r\nContent-Length: 4\r\n\r\nno!\n'))
        with mock.patch.dict('os.environ', http_proxy='http://127.0.0.1:1', HTTP_PROXY='http://127.0.0.1:1'):
            self.assertEqual(exchange(f'{base}/boot/api/enroll', b'{"a": 1}'), (409, b'no!\n'))
        head, _, body = self.heard[0].partition(b'\r\n\r\n')
        self.assertTrue(head.startswith(b'POST /boot/api/enroll HTTP/1.1\r\n'), head)
        self.assertIn(b'Content-Type: application/json', head)
        self.assertEqual(body, b'{"a": 1}')

    def test_a_silent_server(self) -> None:
        over = threading.Event()

        def wait(it: socket.socket) -> None:
            over.wait(5)

        try:
            self.assert_no_answer('no complete answer within 0 s', wait, 0.3)
        finally:
            over.set()

    def test_a_silent_server_is_the_same_whichever_clock_notices(self) -> None:
        over = threading.Event()

        def wait(it: socket.socket) -> None:
            over.wait(5)

        call = Call(self.serve(wait), b'{}', 0.2)
        try:
            call.run()
        finally:
            over.set()
        self.assertEqual(call.fault, 'no complete answer within 0 s')

    def test_a_byte_at_a_time(self) -> None:
        for head in (b'', b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n', b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n'):
            ended = threading.Event()
            before = threading.active_count()
            self.assert_no_answer('no complete answer', drip(head, ended), 0.3)
            self.assertTrue(ended.wait(5), 'the connection is closed')
            self.assertTrue(self.until(lambda: threading.active_count() <= before), 'no thread stays')

    def until(self, is_so: Callable[[], bool]) -> bool:
        end = time.monotonic() + 5
        while not is_so() and time.monotonic() < end:
            threading.Event().wait(0.01)
        return is_so()

    def test_too_much(self) -> None:
        def flood(it: socket.socket) -> None:
            it.sendall(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
            while True:
                it.sendall(b'x' * 65536)
        self.assert_no_answer(f'more than {MOST_BYTES} bytes', flood)

    def test_headers_without_end(self) -> None:
        def flood(it: socket.socket) -> None:
            it.sendall(b'HTTP/1.1 200 OK\r\n')
            while True:
                it.sendall(b'X: y\r\n' * 1000)
        self.assert_no_answer('.', flood)
        self.assert_no_answer('.', lambda it: it.sendall(b'HTTP/1.1 100 Continue\r\n\r\n' * 9 + b'x' * 200_000))

    def test_what_is_no_http(self) -> None:
        for said in (b'', b'SSH-2.0-x\r\n', b'HTTP/1.1 x\r\n\r\n', b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'):
            self.assert_no_answer('.', lambda it, text=said: it.sendall(text))  # type: ignore[misc]

    def test_what_is_no_address(self) -> None:
        for url in ('', 'file:///etc/passwd', 'https://x/', 'http://', 'http://x:y/', 'http://127.0.0.1:1/'):
            with self.assertRaises(NoAnswer):
                exchange(url)


if __name__ == '__main__':
    unittest.main()
