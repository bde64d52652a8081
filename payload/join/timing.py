"""How long things take: seconds. Safety depends on none of them, except CONFIRMED for epochs."""

HELLO_WAITING = 8.0
"""Between hellos of a node that is no member yet."""
HELLO_MEMBER = 15.0
HELLO_NEWS = 0.3
"""A hello that says something new waits at most this long after the one before."""
ALIVE = 40.0
"""A peer that was not heard for so long counts as gone."""
SETTLE = 10.0
"""How long a quorum must be seen before anybody proposes itself."""
ROUND = 3.0
"""A proposal that got no quorum by then is given up."""
LISTEN = 0.5
"""A proposer that has its quorum waits so long for the others that are there."""
BACKOFF = 4.0
"""Random wait after one that failed, at most."""
CONFIRMED = 60.0
"""A founder's k3s starts at most this long after a quorum confirmed it."""
START_WITHIN = 15.0
"""So long an order to start k3s without data holds; the permit that goes with it says until when."""
SCAN_EVERY = 15.0
SCAN_FRESH = 20.0
"""A server found by an older scan is looked at again before k3s joins it."""
SCAN_LOST = 60.0
"""A scan that was not answered by then is asked for again."""
JOIN_TURN = 2.0
"""Joiners start so far apart, by rank, plus as much again at random."""
JOIN_HOLD = 300.0
"""For so long a peer that is joining makes the others wait."""
READY_WITHIN = 600.0
"""A k3s that joins is started again when it gives no sign of life for so long; then twice as long, and so on."""
RESTART = 5.0
"""Before k3s is started again after it ended by itself, plus as much again at random."""
ASIDE_LOST = 60.0
"""Old data that were not set aside by then are asked to be again."""
UNREACHED = 60.0
"""A stale member is removed only if etcd has not reached it for so long; also between two removals."""
SAY_AFTER = 30.0
"""A node that waits longer says why,"""
SAY_AGAIN = 300.0
"""again after so long, and at once when the reason changes."""
