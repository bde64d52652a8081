"""How long things take: seconds. Safety depends on none of them, except CONFIRMED for epochs."""

NEVER = float('inf')

HELLO_WAITING = 8.0
"""Between hellos of a node that is not a member yet."""
HELLO_MEMBER = 15.0
HELLO_NEWS = 0.3
"""A hello with news waits at most this long after the previous one."""
ALIVE = 40.0
"""A peer that is silent for this long counts as gone."""
SETTLE = 10.0
"""How long a quorum must be seen before a node proposes itself."""
ROUND = 3.0
"""A proposal without a quorum is dropped after this."""
LISTEN = 0.5
"""A proposer that has its quorum waits this long for the others that are online."""
BACKOFF = 4.0
"""Longest random wait after a failed one."""
CONFIRMED = 60.0
"""A founder's k3s starts at most this long after a quorum confirmed it."""
START_WITHIN = 15.0
"""How long an order to start k3s without data is valid; its permit says until when."""
SCAN_EVERY = 15.0
SCAN_FRESH = 20.0
"""A server found by an older scan is checked again before k3s joins it."""
SCAN_LOST = 60.0
"""A scan that is not answered by then is requested again."""
JOIN_TURN = 2.0
"""Joiners start this far apart, by rank, plus as much again at random."""
JOIN_HOLD = 300.0
"""How long a joining peer makes the others wait."""
READY_WITHIN = 600.0
"""A joining k3s is restarted if it shows no sign of life for this long; then twice as long, and so on."""
RESTART = 5.0
"""Before k3s is restarted after it exited on its own, plus as much again at random."""
ASIDE_LOST = 60.0
"""SetDbAside is issued again if it is not done by then."""
UNREACHED = 60.0
"""A stale member is removed only if etcd has not reached it for this long; also between two removals."""
SAY_AFTER = 30.0
"""A node that waits longer says why,"""
SAY_AGAIN = 300.0
"""again after so long, and at once when the reason changes."""
