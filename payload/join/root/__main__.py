"""`python3 -m join.root`: the program of homepbp-join-root.service."""
import sys

from join.root import server
from join.shell import notices, paths


def main() -> int:
    """Serves until it is stopped."""
    with server.listen(paths.ROOT) as listener:
        notices.notify('READY=1')
        server.serve(listener)
    return 0


if __name__ == '__main__':
    sys.exit(main())
