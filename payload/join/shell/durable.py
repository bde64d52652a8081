"""Files that must survive a power cut intact: the old text or the new one, never a part."""
import json
import os
from typing import Any, Dict, Optional, Tuple

from join.model import Accepted, Ballot, Founded, Member, Value, Votes

VERSION = 1


class Unreadable(Exception):
    """A file that exists and does not say what it should: path and reason."""


def write(path: str, text: str, mode: int = 0o644) -> None:
    """Writes a file by rename; on the disk, with its folder, when this returns. Raises OSError."""
    new = path + '.new'
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), 'w', encoding='utf8') as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(new, path)
    sync_folder(os.path.dirname(path))


def sync_folder(path: str) -> None:
    """Makes renames in the folder last. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: str, value: Any, mode: int = 0o644) -> None:
    """As `write`, with a value as JSON."""
    write(path, json.dumps(value, indent=2, sort_keys=True) + '\n', mode)


def read_json(path: str) -> Optional[Dict[str, Any]]:
    """The object in a JSON file; None if there is no file. Raises Unreadable."""
    try:
        with open(path, encoding='utf8') as file:
            found = json.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as fault:
        raise Unreadable(f'{path}: {fault}') from fault
    if not isinstance(found, dict):
        raise Unreadable(f'{path}: not a JSON object')
    return found


def votes_to_json(votes: Votes) -> Dict[str, Any]:
    """What votes.json holds."""
    return {'version': VERSION, **votes._asdict()}


def member_to_json(member: Member) -> Dict[str, Any]:
    """What member.json holds."""
    return {'version': VERSION, **member._asdict()}


def read_votes(path: str) -> Optional[Votes]:
    """What this STATE has voted; None if it never has. Raises Unreadable."""
    found = _fields(path, Votes._fields)
    if found is None:
        return None
    try:
        promised, accepted, founded = found['promised'], found['accepted'], found['founded']
        return Votes(
            epoch=_number(found['epoch']),
            promised=None if promised is None else _ballot(promised),
            accepted=None if accepted is None else _accepted(accepted),
            joiner_of=_number(found['joiner_of']),
            founded=None if founded is None else Founded(_number(founded[0]), _maybe(founded[1])),
            raised=_number(found['raised']),
        )
    except (TypeError, ValueError, IndexError) as fault:
        raise Unreadable(f'{path}: {fault}') from fault


def read_member(path: str) -> Optional[Member]:
    """What this STATE is or was a member of; None if nothing. Raises Unreadable."""
    found = _fields(path, Member._fields)
    if found is None:
        return None
    try:
        roster = tuple((_word(name), _word(uuid)) for name, uuid in found['roster'])
        return Member(
            _number(found['epoch']), _mode(found['mode']), _maybe(found['ca_hash']), roster,
            _maybe(found['server']))
    except (TypeError, ValueError) as fault:
        raise Unreadable(f'{path}: {fault}') from fault


def _fields(path: str, names: Tuple[str, ...]) -> Optional[Dict[str, Any]]:
    found = read_json(path)
    if found is not None and set(found) != {'version', *names}:
        raise Unreadable(f'{path}: unexpected keys: {sorted(found)}')
    if found is not None and found['version'] != VERSION:
        raise Unreadable(f"{path}: version {found['version']} is not supported (expected {VERSION})")
    return found


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f'not a number: {value!r}')
    return int(value)


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f'not a word: {value!r}')
    return value


def _maybe(value: Any) -> Optional[str]:
    return None if value is None else _word(value)


def _mode(value: Any) -> str:
    if value not in ('founding', 'founder', 'joining', 'joined'):
        raise ValueError(f'not a mode: {value!r}')
    return str(value)


def _ballot(value: Any) -> Ballot:
    number, uuid = value
    return Ballot(_number(number), _word(uuid))


def _accepted(value: Any) -> Accepted:
    ballot, (name, uuid) = value
    return Accepted(_ballot(ballot), Value(_word(name), _word(uuid)))
