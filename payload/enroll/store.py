"""What enrolment keeps on STATE: each file whole and synced, or not there."""
import os
from typing import Optional

from enroll import held, places
from enroll.decide import Kept
from join.shell import durable
from trust import seal

MOST_BYTES = 65536


class Damaged(Exception):
    """A file that is there and cannot be used; the text says which, why and what to do."""


def read_kept() -> Kept:
    """Raises Damaged for the secrets in use only: Genesis gives staged ones again."""
    staged, previous = _read_other(places.STAGED), _read_other(places.PREVIOUS)
    try:
        return Kept(_read(places.SECRETS), staged, previous)
    except held.Unfit as fault:
        raise Damaged(
            f'{places.SECRETS} cannot be used: {fault}; restore it, or remove it and reboot: '
            'Genesis gives the secrets again') from fault


def _read_other(path: str) -> Optional[held.Held]:
    try:
        return _read(path)
    except held.Unfit:
        return None


def _read(path: str) -> Optional[held.Held]:
    """None if there is no file. Raises Unfit."""
    try:
        with open(path, encoding='utf8') as file:
            return held.parse(file.read(MOST_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as fault:
        raise held.Unfit(str(fault)) from fault


def use(secrets: held.Held) -> None:
    """From now on these are the node's. Raises OSError."""
    durable.write_json(places.SECRETS, held.as_json(secrets), 0o600)


def stage(secrets: held.Held) -> None:
    """Kept, and not used. Raises OSError."""
    durable.write_json(places.STAGED, held.as_json(secrets), 0o600)


def unstage() -> None:
    """Raises OSError."""
    _remove(places.STAGED)


def forget_previous() -> None:
    """Nodes that still use that set are no longer heard. Raises OSError."""
    _remove(places.PREVIOUS)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    durable.sync_folder(os.path.dirname(path))


def public_key() -> str:
    """The public half of this node's key, in PEM; makes the key if there is none. Raises Damaged or OSError."""
    if not os.path.exists(places.KEY):
        _make_key()
    try:
        return seal.public_key(places.KEY)
    except seal.Unopened as fault:
        raise Damaged(
            f'{places.KEY} cannot be used: {fault}; to have a new one made, remove it, reboot, and run '
            './homepbp enroll with the name of this node on Genesis') from fault


def _make_key() -> None:
    """Under another name until it is on the disk: half a key would never be usable, nor replaced."""
    os.makedirs(places.KEY_FOLDER, mode=0o700, exist_ok=True)
    durable.sync_folder(os.path.dirname(places.KEY_FOLDER))
    new = places.KEY + '.new'
    if os.path.exists(new):
        os.unlink(new)
    try:
        seal.make_key(new)
    except seal.Unopened as fault:
        raise Damaged(f'no key for this node can be made: {fault}') from fault
    os.rename(new, places.KEY)
    durable.sync_folder(places.KEY_FOLDER)
