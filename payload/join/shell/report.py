"""status.json: what `homepbp status` shows."""
import json
from typing import TYPE_CHECKING, Any, Dict

if TYPE_CHECKING:
    from join.shell.agent import Agent

_written: Dict[str, str] = {'text': ''}


def write(agent: 'Agent') -> None:
    """Rewrites it if anything in it has changed."""
    status = describe(agent)
    text = json.dumps(status, sort_keys=True)
    if text != _written['text']:
        if agent.root.write_status(status):
            _written['text'] = text


def describe(agent: 'Agent') -> Dict[str, Any]:
    """The state for people and programs. No secrets."""
    state, config = agent.state, agent.seed.config
    if state is None:
        return {'version': 1, 'node': config.name, 'says': agent.executor.said}
    return {
        'version': 1,
        'node': config.name,
        'uuid': state.uuid,
        'role': config.role,
        'address': agent.node_ip,
        'epoch': config.epoch,
        'says': agent.executor.said,
        'k3s': state.k3s,
        'k3s_ended_with': agent.watch.last_words,
        'member': None if state.member is None else state.member._asdict(),
        'votes': state.votes._asdict(),
        'wal': state.wal,
        'chosen': None if state.chosen is None else state.chosen._asdict(),
        'latch': state.latch,
        'peers': [
            {'name': peer.name, 'uuid': peer.uuid, 'address': peer.address, 'standing': peer.hello.standing}
            for peer in sorted(state.peers.values(), key=lambda one: (one.name, one.uuid))
        ],
        'agents': [
            {'name': name, 'address': agent_heard.address}
            for name, agent_heard in sorted(state.agents.items()) if agent_heard.address
        ],
        'etcd': [one._asdict() for one in state.etcd],
        'servers': [one._asdict() for one in state.servers],
        'set': None if state.sets is None else state.sets._asdict(),
        'rotation': state.rotation,
        'dropped': dict(agent.reception.inbox.dropped),
        'refused': agent.reception.limit.refused,
        'unproved': agent.unproved,
        'notes': agent.executor.notes,
    }
