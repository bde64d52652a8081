"""The power is cut before each call of a round that changes the disk, or makes a change last."""
import os
import threading
import unittest
from contextlib import ExitStack
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Set
from unittest import mock

from enroll import places
from enroll.test_scene import AGENT, NEWER, OLD, SERVER, OnANode
from trust import seal


class PowerCut(BaseException):
    """Nothing of the program runs after it."""


class Renamed(NamedTuple):
    """A rename whose folder is not synced yet."""

    source: str
    path: str
    before: Optional[bytes]


def content(path: str) -> Optional[bytes]:
    try:
        with open(path, 'rb') as file:
            return file.read()
    except FileNotFoundError:
        return None


class Disk:
    """Cuts the power before a call, and loses then what was not synced: the content of files, and renames."""

    NAMES = ('open', 'fsync', 'rename', 'unlink', 'makedirs')

    def __init__(self, calls: int) -> None:
        self.left = calls
        self.handles: Dict[int, str] = {}
        self.unsynced: Set[str] = set()
        self.renames: List[Renamed] = []
        self.thread = threading.get_ident()
        self.real: Dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in self.NAMES}

    def __enter__(self) -> 'Disk':
        self.stack = ExitStack()
        for name in self.NAMES:
            self.stack.enter_context(mock.patch.object(os, name, self.wrap(name)))
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def wrap(self, name: str) -> Callable[..., Any]:
        def call(*words: Any, **more: Any) -> Any:
            if threading.get_ident() != self.thread:
                return self.real[name](*words, **more)
            self.left -= 1
            if self.left < 0:
                raise PowerCut
            return getattr(self, name, self.real[name])(*words, **more)
        return call

    def open(self, path: str, flags: int, mode: int = 0o777) -> int:
        handle: int = self.real['open'](path, flags, mode)
        self.handles[handle] = path
        if flags & os.O_CREAT:
            self.unsynced.add(path)
        return handle

    def fsync(self, handle: int) -> None:
        path = self.handles[handle]
        self.unsynced.discard(path)
        self.renames = [one for one in self.renames if os.path.dirname(one.path) != path]

    def rename(self, source: str, path: str) -> None:
        self.renames.append(Renamed(source, path, content(path)))
        self.real['rename'](source, path)
        if source in self.unsynced:
            self.unsynced.remove(source)
            self.unsynced.add(path)

    def lose(self, renames: bool) -> None:
        """What is on the disk when the power is back."""
        for path in self.unsynced:
            if os.path.exists(path):
                os.truncate(path, 0)
        for one in reversed(self.renames if renames else []):
            os.rename(one.path, one.source)
            if one.before is not None:
                with open(one.path, 'wb') as file:
                    file.write(one.before)


class PowerCuts(OnANode):
    def cut_everywhere(self, renames: bool) -> int:
        """A round again and again, each time cut one call later, until one ends; how many were cut."""
        for calls in range(200):
            disk = Disk(calls)
            try:
                with disk:
                    self.round()
                return calls
            except PowerCut:
                disk.lose(renames)
            self.look()
        self.fail('a round never ends')

    def look(self) -> None:
        """What is there under its own name is whole."""
        self.read(places.SECRETS)
        self.read(places.STAGED)
        if os.path.exists(places.KEY):
            self.pem()

    def test_of_the_first_round(self) -> None:
        # Small, as one is made after almost each cut.
        patch = mock.patch.object(seal, 'BITS', 1536)
        patch.start()
        self.addCleanup(patch.stop)
        for renames in (False, True):
            os.unlink(places.KEY)
            os.rmdir(places.KEY_FOLDER)
            self.genesis.gives(SERVER)
            self.assertGreater(self.cut_everywhere(renames), 4)
            self.assert_kept(SERVER)
            self.assertEqual({asked['key'] for asked in self.genesis.asked}, {self.pem()}, 'one key was shown')
            self.genesis.asked.clear()
            os.unlink(places.SECRETS)

    def test_of_a_later_one(self) -> None:
        self.boots('agent')
        for renames in (False, True):
            self.has(OLD)
            self.genesis.gives(AGENT)
            self.assertGreater(self.cut_everywhere(renames), 3)
            self.assert_kept(AGENT)

    def test_while_a_newer_set_is_staged(self) -> None:
        for renames in (False, True):
            self.has(SERVER)
            self.genesis.gives(NEWER, SERVER.peer_key)
            self.assertGreater(self.cut_everywhere(renames), 3)
            self.assert_kept(SERVER, NEWER)
            os.unlink(places.STAGED)

    def test_while_it_goes_again(self) -> None:
        self.has(SERVER, staged=NEWER)
        self.genesis.gives(SERVER)
        self.assertGreater(self.cut_everywhere(False), 1)
        self.assert_kept(SERVER)

    def test_leftovers_are_harmless(self) -> None:
        for path in (places.SECRETS, places.STAGED):
            self.write(path + '.new', '{"version"')
        os.rename(places.KEY, places.KEY + '.new')
        self.genesis.gives(SERVER)
        self.assertIsNone(self.round().trouble)
        self.assert_kept(SERVER)


if __name__ == '__main__':
    unittest.main()
