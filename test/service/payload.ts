// For tests: a computer with a systemd of its own as a node, with the payload in its place and a disk.
import type { TestContext } from 'node:test';
import { openTrial } from '../privileges/privileges.trial.ts';
import { bootSystemd, type Systemd } from './systemd.ts';

const PLACE = `
  mount -t tmpfs tmpfs /var/lib
  mkdir -p /var/lib/rancher /var/lib/homepbp/bin /run/homepbp /run/upper /run/work
  mount -t overlay -o lowerdir=/usr/lib,upperdir=/run/upper,workdir=/run/work overlay /usr/lib
  mkdir -p /usr/lib/homepbp
  mount --bind payload /usr/lib/homepbp`;

/** A node; null as `bootSystemd`. */
export async function bootNode(t: TestContext): Promise<Systemd | null> {
  const systemd = await bootSystemd(t, openTrial(t).folder);
  systemd?.sh(PLACE);
  return systemd;
}

/** Puts a unit of the payload in its place; it needs nothing of a boot, and its words go to /run/log. */
export function placeUnit(systemd: Systemd, unit: string, ...settings: readonly string[]): void {
  const lines = [
    '[Unit]',
    'DefaultDependencies=no',
    'RequiresMountsFor=',
    '[Service]',
    'StandardOutput=append:/run/log',
    'StandardError=append:/run/log',
    ...settings,
  ];
  const folder = `/etc/systemd/system/${unit}.d`;
  systemd.sh(`
    mkdir -p ${folder}
    ln -s /usr/lib/homepbp/systemd/${unit} /etc/systemd/system/
    printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} >${folder}/trial.conf
    : >>/run/log
    systemctl daemon-reload`);
}
