"""Where things are on a node. Everything specific to k3s is in k3s.py."""

NODE = '/etc/homepbp/node.json'
SEED_SECRETS = '/etc/homepbp/secrets.json'
"""Only where the seed is older than enrolment."""

STATE = '/var/lib/homepbp'
SECRETS = STATE + '/secrets.json'
"""Written by enroll/; root/rotation.py puts the staged ones in their place."""
STAGED = STATE + '/secrets.staged.json'
"""A newer set of them, not used yet."""
PREVIOUS = STATE + '/secrets.previous.json'
"""The set before, for hearing those who still use it; enroll/ removes it when Genesis no longer has it."""
STATE_ID = STATE + '/state.json'
VOTES = STATE + '/votes.json'
MEMBER = STATE + '/member.json'
NODE_IP = STATE + '/node-ip.json'
"""The address that k3s was first started with."""

RUN = '/run/homepbp'
STATUS = RUN + '/status.json'
ENROLMENT = RUN + '/enrolment.json'
"""What enroll/ says of the node's secrets."""
FENCE = RUN + '/fence.json'
"""What fence/ says."""
ROOT = RUN + '/root.sock'
"""Of homepbp-join-root.service; see join/root."""
AGENT_RUN = '/run/homepbp-join'
"""Made by systemd for the agent: the only folder that it can write to."""
CONTROL = AGENT_RUN + '/orders.sock'
"""What `homepbp` on the node says to the agent: one JSON datagram an order."""
DISK = RUN + '/disk.json'
BOOT = RUN + '/boot.env'

CLOCK_IS_RIGHT = '/run/systemd/timesync/synchronized'
CONSOLES = '/proc/consoles'
