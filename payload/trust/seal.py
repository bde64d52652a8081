"""Opens what trust/seal.ts has sealed, with the openssl of the root image (1.1.1 or newer)."""
import base64
import binascii
import hashlib
import hmac
import os
import subprocess
from typing import Any, Dict, List

OPENSSL_SECONDS = 60
MAKING_SECONDS = 900
"""For a new key: how long that takes is chance, and may be a minute on an emulated machine."""
BITS = 3072


class Unopened(Exception):
    """It is not sealed to our key, or damaged; the text says why."""


def make_key(path: str) -> None:
    """Writes a new private key (RSA, PEM) to a file that does not exist. Raises Unopened where openssl cannot."""
    options = ['-algorithm', 'RSA', '-pkeyopt', f'rsa_keygen_bits:{BITS}']
    made = _openssl(['genpkey', *options], b'', seconds=MAKING_SECONDS)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as out:
        out.write(made)
        out.flush()
        os.fsync(out.fileno())


def public_key(path: str) -> str:
    """The public half of a private key's file: SubjectPublicKeyInfo in PEM. Raises Unopened."""
    return _openssl(['pkey', '-in', path, '-pubout'], b'').decode('ascii')


def open_sealed(sealed: Dict[str, Any], path: str) -> str:
    """The text that was sealed to the private key in that file. Raises Unopened."""
    try:
        if sealed['version'] != 1:
            raise Unopened(f'sealed in another way: version {sealed["version"]!r}')
        key, data, tag = (str(sealed[name]) for name in ('key', 'data', 'tag'))
        keys = _decrypt_keys(base64.b64decode(key, validate=True), path)
        expected = hmac.new(keys[32:], data.encode('ascii'), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(tag.encode('utf8', 'replace'), expected.encode('ascii')):
            raise Unopened('the sealed secrets were changed on their way')
        return _decrypt(base64.b64decode(data, validate=True), keys[:32].hex()).decode('utf8')
    except (KeyError, TypeError, UnicodeError, binascii.Error) as fault:
        raise Unopened(f'not sealed secrets: {fault!r}') from fault


def _decrypt_keys(data: bytes, path: str) -> bytes:
    oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256']
    options = [word for option in oaep for word in ('-pkeyopt', option)]
    keys = _openssl(['pkeyutl', '-decrypt', '-inkey', path, *options], data)
    if len(keys) != 64:
        raise Unopened('sealed with keys of another length')
    return keys


def _decrypt(data: bytes, password: str) -> bytes:
    """The password goes through a pipe: a process' arguments are for all to see."""
    reader, writer = os.pipe()
    try:
        os.write(writer, password.encode('ascii') + b'\n')
        os.close(writer)
        words = ['enc', '-d', '-aes-256-cbc', '-pbkdf2', '-md', 'sha256', '-pass', f'fd:{reader}']
        return _openssl(words, data, reader)
    finally:
        os.close(reader)


def _openssl(words: List[str], data: bytes, *pipes: int, seconds: int = OPENSSL_SECONDS) -> bytes:
    try:
        done = subprocess.run(
            ['openssl', *words], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=pipes,
            timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise Unopened(f'openssl does not run: {fault}') from fault
    if done.returncode != 0:
        said = done.stderr.decode('utf8', 'replace').strip().splitlines()
        raise Unopened(f'openssl {words[0]}: {said[0] if said else "failed"}')
    return done.stdout
