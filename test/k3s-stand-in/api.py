"""Port 6443: what other servers, agents and people ask."""
import base64
import hmac
import json
import socketserver
import ssl
from http.server import BaseHTTPRequestHandler
from typing import Any, Callable, Dict, Optional, Tuple

Answer = Tuple[int, str, bytes]
Route = Callable[[], Answer]
JSON, TEXT = 'application/json', 'text/plain'


class Api(socketserver.ThreadingTCPServer):
    """The listener. `passwords` are those of its users, `server` and `node`; `ready` says whether etcd answers."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: str, cert: str, key: str, passwords: Dict[str, str]) -> None:
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(cert, key)
        self.passwords = passwords
        self.open_routes: Dict[str, Route] = {}
        self.server_routes: Dict[str, Route] = {}
        self.node_routes: Dict[str, Callable[[str], Answer]] = {}
        self.ready = False
        super().__init__((address, 6443), Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS in the connection's own thread, so that a silent client holds up nobody."""
        request.settimeout(10)
        try:
            with self.tls.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except OSError:
            pass

    def answer(self, path: str, user: str, password: str, node: str) -> Answer:
        """The answer to one GET."""
        if path in self.open_routes:
            return self.open_routes[path]()
        if path not in self.node_routes and path not in self.server_routes:
            return 404, TEXT, b'404 page not found\n'
        refusal = self.refusal('server' if path in self.server_routes else 'node', user, password)
        if refusal is not None:
            return refusal
        if not self.ready:
            return 503, TEXT, b'starting\n'
        route = self.server_routes.get(path)
        return route() if route else self.node_routes[path](node)

    def refusal(self, wanted: str, user: str, password: str) -> Optional[Answer]:
        """Why this user is not admitted where only `wanted` is. The user `server` is no `node` either."""
        known = self.passwords.get(user)
        if user and (known is None or not hmac.compare_digest(password.encode(), known.encode())):
            return 401, TEXT, b'not authorized\n'
        return None if user == wanted else (403, TEXT, b'forbidden\n')


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = 'HTTP/1.1'

    def do_GET(self) -> None:
        assert isinstance(self.server, Api)
        user, password = credentials(self.headers.get('Authorization'))
        node = self.headers.get('k3s-node-name', '')
        status, kind, body = self.server.answer(self.path, user, password, node)
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def credentials(header: Optional[str]) -> Tuple[str, str]:
    """User and password of HTTP Basic; two empty words without."""
    kind, _, value = (header or '').partition(' ')
    if kind.lower() != 'basic':
        return '', ''
    try:
        user, _, password = base64.b64decode(value).decode().partition(':')
    except ValueError:
        return '', ''
    return user, password


def as_json(value: Any) -> Answer:
    return 200, JSON, json.dumps(value).encode()
