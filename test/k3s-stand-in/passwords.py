"""Who may log in: server/cred/passwd, which k3s keeps on each server and, as the founder had it, in its datastore."""
import os
from typing import Dict

from certificates import read, write_private
from settings import Fatal, Settings

SKEW = 3
"""Seconds by which the file may be newer than the datastore."""


class Passwords:
    """Of one server. What the datastore says stands beside the file (k3s: encrypted, in etcd)."""

    def __init__(self, settings: Settings) -> None:
        self.path = os.path.join(settings.data_dir, 'server/cred/passwd')
        self.datastore = self.path + '.datastore'
        self.of = {'node': settings.node_password, 'server': settings.password}
        """User → password. Agents log in as `node`: with the servers' token, unless there is an `agent-token`."""

    def found(self) -> None:
        """The first server's are the datastore's."""
        write_private(self.datastore, self._text())
        self.keep()

    def take(self, text: str) -> None:
        """A joiner starts with those of the datastore, then writes its own."""
        write_private(self.datastore, text)
        write_private(self.path, text)
        self.keep()

    def go_on(self) -> None:
        """A start with data. A file that differs and is newer than the datastore is fatal."""
        stored = read(self.datastore)
        if os.path.exists(self.path) and read(self.path) != stored:
            if os.stat(self.path).st_mtime - os.stat(self.datastore).st_mtime >= SKEW:
                raise Fatal(f'{self.path} newer than datastore and could cause a cluster outage. Remove the file(s)'
                            ' from disk and restart to be recreated from datastore.')
            print(f'{self.path} will be updated from the datastore.', flush=True)
        write_private(self.path, stored)
        times = os.stat(self.datastore)
        os.utime(self.path, (times.st_atime, times.st_mtime))
        self.keep()

    def keep(self) -> None:
        """Writes those of this start, if they differ."""
        if not os.path.exists(self.path) or read(self.path) != self._text():
            write_private(self.path, self._text())

    def _text(self) -> str:
        roles: Dict[str, str] = {'node': 'k3s:agent', 'server': 'k3s:server'}
        return ''.join(f'{self.of[user]},{user},{user},{role}\n' for user, role in roles.items())
