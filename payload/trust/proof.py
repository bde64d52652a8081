"""Proofs that someone knows a peer key: HMAC-SHA-256 (RFC 2104) over a purpose and its fields, so that a proof
for one purpose is none for another. trust/proof.ts lists the purposes."""
import hashlib
import hmac


def proof(key: bytes, purpose: str, *fields: str) -> str:
    """64 hex digits. `key` as the text that it is kept as, the fields without line feeds."""
    text = f'homepbp {purpose} 1\n' + '\n'.join(fields)
    return hmac.new(key, text.encode('utf8'), hashlib.sha256).hexdigest()


def proves(given: object, key: bytes, purpose: str, *fields: str) -> bool:
    """Whether what was given is the right proof; takes as long for each that is not."""
    expected = proof(key, purpose, *fields).encode('ascii')
    actual = given.encode('utf8', 'replace') if isinstance(given, str) else b''
    return hmac.compare_digest(actual, expected)


def agent_key(peer_key: bytes, name: str) -> bytes:
    """The peer key of the agent of that name, made of the servers'."""
    return proof(peer_key, 'agent', name).encode('ascii')
