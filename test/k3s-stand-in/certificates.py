"""The cluster's CA and this server's certificates, made by openssl."""
import base64
import hashlib
import os
import subprocess
from typing import Sequence, Tuple

CURVE = ('ecparam', '-name', 'prime256v1', '-genkey', '-noout')

KUBECONFIG = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {ca}
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {{}}
users:
- name: default
  user:
    client-certificate-data: {cert}
    client-key-data: {key}
"""


def openssl(*words: str) -> None:
    """Runs openssl; its words are shown when it fails."""
    subprocess.run(['openssl', *words], check=True, capture_output=True)


def write_private(path: str, text: str) -> None:
    """A file for root alone."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as file:
        file.write(text)


def read(path: str) -> str:
    with open(path, encoding='utf8') as file:
        return file.read()


class Certificates:
    """server/tls of one node."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.ca = os.path.join(folder, 'server-ca.crt')
        self.ca_key = os.path.join(folder, 'server-ca.key')
        self.cert = os.path.join(folder, 'serving-kube-apiserver.crt')
        self.key = os.path.join(folder, 'serving-kube-apiserver.key')

    def found(self) -> None:
        """Makes the CA, unless there is one already."""
        if os.path.exists(self.ca) and os.path.exists(self.ca_key):
            return
        os.makedirs(self.folder, exist_ok=True)
        openssl(*CURVE, '-out', self.ca_key)
        name = f'/CN=k3s-server-ca@{int.from_bytes(os.urandom(4), "big")}'
        extensions = ('-addext', 'keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign')
        openssl('req', '-x509', '-new', '-key', self.ca_key, '-subj', name, '-days', '3650',
                *extensions, '-out', self.ca)

    def take(self, pair: Tuple[str, str]) -> None:
        """Writes the cluster's CA and its key, as a joiner got them."""
        write_private(self.ca, pair[0])
        write_private(self.ca_key, pair[1])

    def pair(self) -> Tuple[str, str]:
        """The CA and its key."""
        return read(self.ca), read(self.ca_key)

    def serve_as(self, addresses: Sequence[str]) -> None:
        """Makes the server's own certificate for its addresses."""
        openssl(*CURVE, '-out', self.key)
        openssl('req', '-new', '-key', self.key, '-subj', '/CN=kube-apiserver', '-out', self.cert + '.req')
        names = ','.join(['DNS:localhost', 'DNS:kubernetes', *(f'IP:{one}' for one in addresses)])
        write_private(self.cert + '.ext', f'subjectAltName={names}\nextendedKeyUsage=serverAuth\n')
        openssl('x509', '-req', '-in', self.cert + '.req', '-CA', self.ca, '-CAkey', self.ca_key,
                '-CAcreateserial', '-days', '365', '-extfile', self.cert + '.ext', '-out', self.cert)

    def write_kubeconfig(self, path: str) -> None:
        """The administrator's key, as k3s writes it: for this machine, and for root alone."""
        key, cert = (os.path.join(self.folder, f'client-admin.{kind}') for kind in ('key', 'crt'))
        openssl(*CURVE, '-out', key)
        openssl('req', '-new', '-key', key, '-subj', '/O=system:masters/CN=system:admin', '-out', cert + '.req')
        openssl('x509', '-req', '-in', cert + '.req', '-CA', self.ca, '-CAkey', self.ca_key,
                '-CAcreateserial', '-days', '365', '-out', cert)
        ca, cert, key = (base64.b64encode(read(file).encode()).decode() for file in (self.ca, cert, key))
        write_private(path, KUBECONFIG.format(ca=ca, cert=cert, key=key))

    def hash(self) -> str:
        """SHA-256 of what /cacerts answers."""
        return hashlib.sha256(read(self.ca).encode()).hexdigest()
