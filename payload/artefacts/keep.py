"""Files on STATE: each is complete and verified, or absent."""
import hashlib
import http.client
import os
import shutil
import time
import urllib.request
from typing import Callable, List

from artefacts.wanted import Wanted, urls_of
from join.shell.durable import sync_folder

CHUNK = 1 << 20
STALL_SECONDS = 30.0
SLOWEST_BYTES = 100_000
"""A download that averages fewer bytes per second is ended."""

Say = Callable[[str], None]


def is_right(path: str, one: Wanted) -> bool:
    """Whether the file exists with the right size and hash."""
    try:
        if os.path.getsize(path) != one.size:
            return False
        with open(path, 'rb') as file:
            return hash_of(file.read) == one.sha256
    except OSError:
        return False


def hash_of(read: Callable[[int], bytes]) -> str:
    """SHA-256 of all that `read` gives."""
    total = hashlib.sha256()
    for chunk in iter(lambda: read(CHUNK), b''):
        total.update(chunk)
    return total.hexdigest()


def fetch(one: Wanted, path: str, base: str, say: Say) -> bool:
    """Tries each URL once. True once the file is verified and on the disk."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    for url in urls_of(one, base):
        say(f'fetching {url} ({one.size >> 20} MiB)')
        try:
            download(one, url, path + '.new')
        except (OSError, ValueError, http.client.HTTPException) as fault:
            say(f'{url}: {fault or type(fault).__name__}')
            remove(path + '.new')
            continue
        os.chmod(path + '.new', 0o755 if os.path.basename(path) == 'k3s' else 0o644)
        os.rename(path + '.new', path)
        sync_folder(os.path.dirname(path))
        return True
    return False


def download(one: Wanted, url: str, path: str) -> None:
    """Into a file, synced. Raises OSError, ValueError or HTTPException, which say why, if it is not the
    file wanted."""
    total, size = hashlib.sha256(), 0
    end = time.monotonic() + 2 * STALL_SECONDS + one.size / SLOWEST_BYTES
    with urllib.request.urlopen(url, timeout=STALL_SECONDS) as answer, open(path, 'wb') as file:
        while True:
            chunk: bytes = answer.read(CHUNK)
            if not chunk:
                break
            size += len(chunk)
            if size > one.size:
                raise ValueError(f'received more than the expected {one.size} bytes')
            if time.monotonic() > end:
                raise ValueError(f'too slow: received {size} of {one.size} bytes')
            total.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if size != one.size:
        raise ValueError(f'received only {size} of {one.size} bytes')
    if total.hexdigest() != one.sha256:
        raise ValueError(f'wrong SHA-256: expected {one.sha256}, got {total.hexdigest()}')


def replace_link(path: str, target: str) -> None:
    """A symbolic link, put in place atomically."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    remove(path + '.new')
    os.symlink(target, path + '.new')
    os.rename(path + '.new', path)
    sync_folder(os.path.dirname(path))


def replace_copy(source: str, path: str) -> None:
    """A hard link, or a copy where that is impossible (bind mounts of one disk count as several)."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    remove(path + '.new')
    try:
        os.link(source, path + '.new')
    except OSError:
        shutil.copyfile(source, path + '.new')
        with open(path + '.new', 'rb') as file:
            os.fsync(file.fileno())
    os.rename(path + '.new', path)
    sync_folder(os.path.dirname(path))


def remove(path: str) -> None:
    """Whether or not it is there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def pauses(tries: int, first: float) -> List[float]:
    """Seconds to wait after each try but the last, doubled each time, at most a minute."""
    return [min(60.0, first * 2 ** index) for index in range(tries - 1)]
