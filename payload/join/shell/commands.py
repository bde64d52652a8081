"""The commands of `homepbp` on a node. Those that can do harm ask for the node's name to be typed."""
import json
import os
import subprocess
import sys
from typing import Any, Dict, List, Optional

from join.shell import control, durable, k3s, k3s_data, paths, units

AGENT_UNIT = 'homepbp-join.service'
RESET_SECONDS = 300
MOST_NOTES = 3

USAGE = """homepbp: shows what this node is doing, and gets it unstuck
  homepbp status [--json]     what it is waiting for, and whom it sees
  homepbp forget NAME         remove a member that will never come back from the cluster
  homepbp abandon-founder     the chosen founder will never come back with its disk: let another found
  homepbp rescue              a majority of the disks is lost: continue with this node's data alone
"""

FORGET = """{name} will be removed from the cluster. If it is still running somewhere, its k3s stops there."""
ABANDON = """The waiting servers will choose another founder. Do this only if the chosen one is lost with its
disk: a cluster that it founded and nobody else has seen is abandoned."""
RESCUE = """k3s stops, and this node continues as the only member, with its own data (k3s' cluster-reset). Anything
that only the other members knew is lost. Do this on ONE node only, with the other members switched off;
they join again afterwards, and their old data is moved aside."""


class Refused(Exception):
    """An error for the user: what, where, and how to fix it."""


def main(words: List[str]) -> int:
    """Carries out a command; its exit status."""
    try:
        return run(words)
    except Refused as why:
        print(f'homepbp: {why}', file=sys.stderr)
        return 1
    except durable.Unreadable as why:
        print(f'homepbp: cannot read {why}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('\nhomepbp: interrupted; nothing was done beyond what is shown above', file=sys.stderr)
        return 130


def run(words: List[str]) -> int:
    command, rest = (words[0] if words else ''), words[1:]
    if command == 'status' and rest in ([], ['--json']):
        return show_status(as_json=bool(rest))
    if command == 'forget' and len(rest) == 1:
        need_root(command)
        return order('forget', rest[0], FORGET.format(name=rest[0]))
    if command == 'abandon-founder' and not rest:
        need_root(command)
        return order('abandon-founder', '', ABANDON)
    if command == 'rescue' and not rest:
        need_root(command)
        return rescue()
    print(USAGE, end='', file=sys.stderr if command not in ('', 'help', '--help') else sys.stdout)
    return 0 if command in ('', 'help', '--help') else 2


def need_root(command: str) -> None:
    if os.geteuid() != 0:
        raise Refused(f'this changes the cluster and needs root\n  run: sudo homepbp {command}')


def node_name() -> str:
    found = durable.read_json(paths.NODE)
    if found is None:
        raise Refused(f'{paths.NODE} is missing: this machine is not a HomePBP node')
    return str(found.get('name'))


def confirm(what: str) -> None:
    """Returns only when the node's name was typed."""
    name = node_name()
    print(f'{what}\nType this node\'s name ({name}) to continue: ', end='', flush=True)
    if sys.stdin.readline().strip() != name:
        raise Refused("that is not this node's name; nothing was done")


def show_status(as_json: bool) -> int:
    status, enrolled = durable.read_json(paths.STATUS), durable.read_json_if_whole(paths.ENROLMENT)
    if status is None and enrolled is not None:
        status = {'node': node_name(), 'says': f'the agent has not reported anything yet; see: systemctl status {AGENT_UNIT}'}
    if status is None:
        raise Refused(f'the agent has not reported anything yet\n  see: systemctl status {AGENT_UNIT}')
    status['enrolment'] = enrolled
    status['fence'] = durable.read_json_if_whole(paths.FENCE)
    print(json.dumps(status, indent=2, sort_keys=True) if as_json else printable(describe(status)))
    return 0


def printable(text: str) -> str:
    """Text that came from elsewhere must not control the terminal."""
    return ''.join(one if one.isprintable() or one == '\n' else '?' for one in text)


def describe(status: Dict[str, Any]) -> str:
    """The status in a few lines for people."""
    says = status.get('says') or 'all is well'
    lines = [f'{status.get("node", "this node")}: {says}']
    if 'k3s' in status:
        lines.append(f'  k3s      {status["k3s"]}{_membership(status.get("member"))}')
        if status.get('k3s_ended_with'):
            lines.append(f'  k3s      exited with: {status["k3s_ended_with"]}')
        lines += [f'  member   {one["name"]} {_condition(one)}' for one in status.get('etcd', [])]
        lines += [f'  hears    {one["name"]} at {one["address"]}: {one["standing"]}'
                  for one in status.get('peers', [])]
        lines += [f'  hears    {one["name"]} at {one["address"]}: agent' for one in status.get('agents', [])]
        lines += [f'  server   {one["address"]}: {_trust(one)}' for one in status.get('servers', [])]
        if status.get('unproved'):
            lines.append(f'  Genesis  answered {status["unproved"]} times without proof that it has the keys of this'
                         ' cluster: what it says about a founding does not count')
        lines += [f'  note     {text}' for text in status.get('notes', [])[-MOST_NOTES:]]
    enrolled = status.get('enrolment') or {}
    if enrolled.get('says') not in (None, says):
        lines.append(f'  secrets  {enrolled["says"]}')
    if status.get('rotation'):
        lines.append(f'  secrets  new ones are here: {status["rotation"]}')
    fence = status.get('fence') or {}
    if fence.get('trouble'):
        lines.append(f'  pods     {fence["trouble"]}')
    return '\n'.join(lines)


def _membership(member: Optional[Dict[str, Any]]) -> str:
    return '' if member is None else f', {member["mode"]} (epoch {member["epoch"]})'


def _trust(server: Dict[str, Any]) -> str:
    if server.get('refuses'):
        return "ours, but REFUSED this node's token"
    return 'ours' if server['verified'] else 'NOT known to be ours'


def _condition(member: Dict[str, Any]) -> str:
    if member['learner']:
        return 'is joining'
    return 'votes' if member['reachable'] else 'CANNOT BE REACHED'


def order(word: str, name: str, what: str) -> int:
    """Has the agent do something; it reports the result on the console."""
    confirm(what)
    try:
        control.send(word, name)
    except OSError as fault:
        raise Refused(f'the agent is not listening ({fault})\n  see: systemctl status {AGENT_UNIT}') from fault
    print('the agent was told; for the result, run homepbp status')
    return 0


def rescue() -> int:
    """k3s' cluster-reset, with the agent out of the way."""
    if not k3s_data.has_wal():
        raise Refused('this node has no cluster data to continue with\n'
                      f'  where: {k3s.WAL}\n  run this on a node that has some')
    confirm(RESCUE)
    units.stop(AGENT_UNIT)
    try:
        units.stop(k3s.SERVER_UNIT)
        forget_server()
        reset()
    finally:
        units.start_plain(AGENT_UNIT)
    print('this node is now the only member; switch the others on, one by one')
    return 0


def reset() -> None:
    """Raises Refused where k3s cannot."""
    command = [k3s.PROGRAM, 'server', '--cluster-reset']
    try:
        done = subprocess.run(command, timeout=RESET_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise Refused(f'k3s did not finish: {fault}') from fault
    if done.returncode != 0:
        raise Refused('k3s could not reset the cluster (see its last lines above); nothing is lost')


def forget_server() -> None:
    """k3s refuses a reset while its configuration names another server; the agent rewrites it."""
    try:
        with open(k3s.CONFIG, encoding='utf8') as file:
            lines = [line for line in file if not line.startswith(('server:', 'cluster-init:'))]
    except OSError as fault:
        raise Refused(f"k3s' configuration cannot be read: {fault}\n  have the agent write it: "
                      f'systemctl restart {AGENT_UNIT}') from fault
    durable.write(k3s.CONFIG, ''.join(lines), 0o600)
