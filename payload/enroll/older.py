"""The secrets of a node that was first booted before there was enrolment: its seed held them."""
import os
from typing import Iterator, List, Optional

from enroll import held, places

MOST_BYTES = 1 << 20
PATH = '- path: /etc/homepbp/secrets.json'
SLOTS = ('a', 'b')
SEEDS = ('seed', 'seed.new', 'seed.old')
"""As steps/commit.sh leaves them, also after a power cut."""


def find(slot: str) -> Optional[held.Held]:
    """Those that cloud-init has written, else those in the seeds of the disk's slots, `slot` first; None if none."""
    for text in _texts(slot):
        try:
            found = held.parse(text)
        except held.Unfit:
            continue
        if found.version == 1:
            return found
    return None


def _texts(slot: str) -> Iterator[str]:
    yield _read(places.SEED_SECRETS)
    for one in sorted(SLOTS, key=lambda name: name != slot):
        for seed in SEEDS:
            yield in_user_data(_read(os.path.join(places.BOOT_FOLDER, one, seed, 'user-data')))


def _read(path: str) -> str:
    try:
        with open(path, encoding='utf8') as file:
            return file.read(MOST_BYTES)
    except (OSError, UnicodeError):
        return ''


def in_user_data(text: str) -> str:
    """The JSON that user-data has cloud-init write; empty if none. Understands only YAML of our template."""
    lines = text.splitlines()
    starts = [index for index, line in enumerate(lines) if line.strip() == PATH]
    if not starts:
        return ''
    entry = _deeper(lines[starts[0] + 1:], _indent(lines[starts[0]]))
    contents = [index for index, line in enumerate(entry) if line.strip() == 'content: |']
    if not contents:
        return ''
    return '\n'.join(_deeper(entry[contents[0] + 1:], _indent(entry[contents[0]])))


def _deeper(lines: List[str], indent: int) -> List[str]:
    """The lines up to the first that is not indented by more."""
    ends = [index for index, line in enumerate(lines) if line.strip() and _indent(line) <= indent]
    return lines[:ends[0]] if ends else lines


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(' '))
