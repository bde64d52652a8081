// systemd/homepbp.service: what systemd says of it, and what it is like to run by it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ANNA, INVENTORY, NODE, openTrial, REPOSITORY, skip } from '../privileges/trial.ts';
import { bootSystemd, type Systemd, until } from './systemd.ts';

const UNIT = readFileSync(join(REPOSITORY, 'systemd/homepbp.service'), 'utf8');
/** On systemd's scale from 0 to 10; a service without settings has 9.6. */
const MAX_EXPOSURE = 2;
const required = process.env.HOMEPBP_REQUIRE_TOOLS === '1';

/** The commands in the unit's first comment, for root and another place for the unit. */
function installation(place = '/etc/systemd/system/homepbp.service'): string {
  const comment = UNIT.slice(0, UNIT.indexOf('[Unit]'));
  const commands = [...comment.matchAll(/^# {3}(.*)$/gm)].map(([, command = '']) => command);
  assert.equal(commands.length, 5);
  return commands
    .join('\n')
    .replaceAll('sudo ', '')
    .replaceAll('/etc/systemd/system/homepbp.service', place);
}

function analyze(t: TestContext, words: readonly string[]) {
  const result = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
  if (result.error !== undefined) {
    if (required) throw result.error;
    t.skip('systemd-analyze is not here');
  }
  return result;
}

test('systemd-analyze finds no fault, and little that it exposes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-unit-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const unit = join(folder, 'homepbp.service');
  // Without its last two commands, which are for a systemd that runs.
  const [first = '', sed = '', tee = ''] = installation(unit).split('\n');
  const made = spawnSync('sh', ['-ec', `${first}\n${sed}\n${tee.replace(/^ +/, '')}`], {
    cwd: makeProject(folder),
    encoding: 'utf8',
  });
  assert.equal(made.status, 0, made.stderr);
  const verified = analyze(t, ['verify', '--recursive-errors=no', unit]);
  if (verified.error !== undefined) return;
  assert.deepEqual([verified.status, verified.stdout + verified.stderr], [0, '']);
  const threshold = `--threshold=${MAX_EXPOSURE * 10}`;
  const secure = analyze(t, ['security', '--offline=true', threshold, unit]);
  assert.equal(secure.status, 0, secure.stdout);
  assert.match(secure.stdout, /Overall exposure level/);
});

/** A folder that has what the installation looks for. */
function makeProject(folder: string): string {
  const script = `mkdir project project/dist; cp -r '${REPOSITORY}/systemd' '${REPOSITORY}/homepbp' project
    [ "$(id -u)" != 0 ] || chown daemon project/dist`;
  assert.equal(spawnSync('sh', ['-ec', script], { cwd: folder }).status, 0);
  return join(folder, 'project');
}

/** Who the server is, by what systemd gave it. */
function status(systemd: Systemd): Record<string, string> {
  const text = systemd.sh('cat /proc/$(systemctl show -P MainPID homepbp)/status');
  return Object.fromEntries(text.split('\n').map((line) => line.split(/:\s*/, 2)));
}

test('installed as its comment says: serves a 0600 seed to its machine, and may little else', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const trial = openTrial(t);
  trial.write('dist/manifest.json', '{}');
  trial.write('dist/inventory.json', JSON.stringify(INVENTORY));
  trial.write('dist/tftp/boot.ipxe', '#!ipxe\n', 0o600);
  trial.write(`dist/nodes/${NODE}/user-data`, 'the seed', 0o600);
  // As anna's own `mkdir -p state` makes it.
  trial.write('state/kept', '');
  trial.write('secrets/token', 'the token', 0o600);
  const systemd = await bootSystemd(t, trial.folder);
  if (systemd === null) return;
  const mac = NODE.replaceAll('-', ':');
  systemd.sh(`MAC=${mac}; . test/service/neighbour.sh; ${installation()}`);
  const log = () => systemd.sh('cat /run/homepbp.log');
  const ready = await until(() => /^ready http=0\.0\.0\.0:8080 tftp=0\.0\.0\.0:69$/m.test(log()));
  assert.ok(ready, log());
  const seed = `nodes/${NODE}/user-data`;
  for (const host of ['192.0.2.1', '[2001:db8::1]']) {
    assert.equal(
      systemd.sh(`ip netns exec node curl -s -g http://${host}:8080/${seed}`),
      'the seed',
    );
  }
  assert.match(systemd.sh(`curl -s http://192.0.2.1:8080/${seed}`), /for their machines only/);
  const tftp = systemd.sh('ip netns exec node curl -s tftp://192.0.2.1/boot.ipxe');
  assert.equal(tftp, '#!ipxe\n');

  const { Uid, Gid, CapEff, CapBnd, NoNewPrivs, Seccomp } = status(systemd);
  assert.deepEqual(
    new Set(`${Uid}\t${Gid}`.split('\t').map(Number)),
    new Set([ANNA.uid, ANNA.gid]),
  );
  const bindService = '0000000000000400';
  assert.deepEqual([CapEff, CapBnd, NoNewPrivs, Seccomp], [bindService, bindService, '1', '2']);
  // The kernel sends large files itself: shim/http/sendfile.ts.
  systemd.sh('grep -ls /koffi.node /proc/[0-9]*/maps');
  // The seed was written down under the kernel's lock: durable/lock.ts.
  systemd.sh('grep -ls /fs-native-extensions.node /proc/[0-9]*/maps');
  assert.doesNotMatch(log(), /cannot be locked/);

  const inside = 'nsenter -t $(systemctl show -P MainPID homepbp) -m -w';
  const try_ = (command: string) =>
    systemd.sh(`${inside} setpriv --reuid anna --clear-groups ${command} 2>&1 || true`);
  assert.match(try_('touch dist/new'), /Read-only file system/);
  assert.match(try_('cat secrets/token'), /Permission denied|No such file/);
  assert.equal(try_('touch state/new'), '');

  systemd.sh('systemctl stop homepbp');
  const shown = systemd.sh('systemctl show -P Result -P ActiveState homepbp');
  assert.deepEqual(shown.trim().split('\n').toSorted(), ['inactive', 'success']);
});
