"""Files that must survive a power cut intact: the old text or the new one, never a part."""
import json
import os
from typing import Any, Callable, Dict, Optional, Tuple, TypeVar

from join.model import Accepted, Ballot, Founded, Member, Value, Votes

VERSION = 1
T = TypeVar('T')


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


Read = Callable[[str], Optional[str]]
"""The text of a file; None if there is none. Raises OSError."""


def read_text(path: str) -> Optional[str]:
    """A file that this process may read. Raises OSError."""
    try:
        with open(path, encoding='utf8') as file:
            return file.read()
    except FileNotFoundError:
        return None
    except ValueError as fault:
        raise OSError(f'not UTF-8: {fault}') from fault


def read_json(path: str, read: Read = read_text) -> Optional[Dict[str, Any]]:
    """The object in a JSON file; None if there is no file. Raises Unreadable."""
    try:
        text = read(path)
        found = None if text is None else json.loads(text)
    except (OSError, ValueError, RecursionError) as fault:
        raise Unreadable(f'{path}: {fault}') from fault
    if text is not None and not isinstance(found, dict):
        raise Unreadable(f'{path}: not a JSON object')
    return found


def read_json_if_whole(path: str, read: Read = read_text) -> Optional[Dict[str, Any]]:
    """As `read_json`, for what can be done without: None also where it cannot be read."""
    try:
        return read_json(path, read)
    except Unreadable:
        return None


def votes_to_json(votes: Votes) -> Dict[str, Any]:
    """What votes.json holds."""
    return {'version': VERSION, **votes._asdict()}


def member_to_json(member: Member) -> Dict[str, Any]:
    """What member.json holds."""
    return {'version': VERSION, **member._asdict()}


def read_votes(path: str, read: Read = read_text) -> Optional[Votes]:
    """What this STATE has voted; None if it never has. Raises Unreadable."""
    return _read(path, read, votes_in)


def read_member(path: str, read: Read = read_text) -> Optional[Member]:
    """What this STATE is or was a member of; None if nothing. Raises Unreadable."""
    return _read(path, read, member_in)


def _read(path: str, read: Read, understand: Callable[[Any], T]) -> Optional[T]:
    found = read_json(path, read)
    try:
        return None if found is None else understand(found)
    except ValueError as fault:
        raise Unreadable(f'{path}: {fault}') from fault


def votes_in(found: Any) -> Votes:
    """The reverse of votes_to_json. Raises ValueError."""
    _check_keys(found, Votes._fields)
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
    except (TypeError, IndexError, KeyError) as fault:
        raise ValueError(str(fault)) from fault


def member_in(found: Any) -> Member:
    """The reverse of member_to_json. Raises ValueError."""
    _check_keys(found, Member._fields)
    try:
        roster = tuple((_word(name), _word(uuid)) for name, uuid in found['roster'])
        return Member(
            _number(found['epoch']), _mode(found['mode']), _maybe(found['ca_hash']), roster,
            _maybe(found['server']))
    except TypeError as fault:
        raise ValueError(str(fault)) from fault


def _check_keys(found: Any, names: Tuple[str, ...]) -> None:
    if not isinstance(found, dict):
        raise ValueError('not an object')
    if set(found) != {'version', *names}:
        raise ValueError(f'unexpected keys: {sorted(found)}')
    if found['version'] != VERSION:
        raise ValueError(f"version {found['version']} is not supported (expected {VERSION})")


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
