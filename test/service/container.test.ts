// Dockerfile, .dockerignore and compose.yaml: what Compose says of them, and what it is like to run by
// them. There is no Docker engine here: the image is put together, and the container made, by hand.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import {
  ANNA,
  INVENTORY,
  NODE,
  openTrial,
  REPOSITORY,
  skip,
  type Trial,
} from '../privileges/trial.ts';

const required = process.env.HOMEPBP_REQUIRE_TOOLS === '1';
const read = (name: string) => readFileSync(join(REPOSITORY, name), 'utf8');

interface Service {
  readonly user: string;
  readonly network_mode: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly cap_add: readonly string[];
  readonly security_opt?: readonly string[];
  readonly volumes: readonly { source: string; target: string; read_only?: boolean }[];
}

const service = (load(read('compose.yaml')) as { services: { homepbp: Service } }).services.homepbp;

test('Compose takes compose.yaml, but not without the owner of dist/', (t) => {
  const [program = '', ...words] = findCompose() ?? [];
  if (program === '') {
    assert.ok(!required, 'neither docker compose nor docker-compose is here');
    t.skip('neither docker compose nor docker-compose is here');
    return;
  }
  const config = (env: NodeJS.ProcessEnv) =>
    spawnSync(program, [...words, '-f', join(REPOSITORY, 'compose.yaml'), 'config'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
    });
  const { status, stdout, stderr } = config({ HOMEPBP_USER: '1000:1001' });
  assert.equal(status, 0, stderr);
  const resolved = (load(stdout) as { services: { homepbp: Service } }).services.homepbp;
  assert.equal(resolved.user, '1000:1001');
  assert.deepEqual(resolved.cap_add, service.cap_add);
  assert.notEqual(config({}).status, 0);
});

/** Compose as Docker's plugin, or as a program of its own. */
function findCompose(): readonly string[] | undefined {
  return [['docker', 'compose'], ['docker-compose']].find(
    ([program = '', ...words]) => spawnSync(program, [...words, 'version']).status === 0,
  );
}

/** What .dockerignore lets in, and the packages that npm ci adds by the Dockerfile's flags. */
function makeImage({ folder }: Trial) {
  const image = join(folder, 'image');
  mkdirSync(image);
  const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name = '']) => name);
  for (const name of allowed) {
    cpSync(join(REPOSITORY, name), join(image, name), {
      recursive: true,
      filter: (path) => !path.endsWith('.test.ts'),
    });
  }
  assert.match(
    read('Dockerfile'),
    /^RUN npm ci --omit=dev --ignore-scripts && rm -r node_modules\/node-linux-\*$/m,
  );
  const lock: { packages: Record<string, Record<string, boolean>> } = JSON.parse(
    read('package-lock.json'),
  );
  for (const [path, { dev, optional, devOptional }] of Object.entries(lock.packages)) {
    if (path === '' || dev || devOptional || path.startsWith('node_modules/node-linux-')) continue;
    // Of another system or processor.
    if (optional && !existsSync(join(REPOSITORY, path))) continue;
    cpSync(join(REPOSITORY, path), join(image, path), { recursive: true });
  }
  for (const name of ['dist', 'media', 'state']) mkdirSync(join(image, name));
}

/** The image's Node.js, with what the Dockerfile's setcap gives it. */
function makeNode({ home }: Trial): string {
  const node = join(home, 'node');
  copyFileSync(process.execPath, node);
  const words = /setcap (\S+) "\$\(command -v node\)"/.exec(read('Dockerfile'))?.[1];
  assert.ok(words);
  execFileSync('/usr/sbin/setcap', [words, node]);
  return node;
}

test('the settings are those that this test applies', () => {
  assert.equal(service.network_mode, 'host');
  assert.deepEqual([service.cap_drop, service.security_opt], [['ALL'], undefined]);
  assert.equal(service.read_only, true);
  const mounts = service.volumes.map((one) => [one.source, one.target, one.read_only ?? false]);
  assert.deepEqual(mounts, [
    ['./dist', '/opt/homepbp/dist', true],
    ['./media', '/opt/homepbp/media', true],
    ['./state', '/opt/homepbp/state', false],
  ]);
});

test('in the container: serves a 0600 seed to its machine, and TFTP, as the owner', {
  skip,
  timeout: 60_000,
}, async (t) => {
  const trial = openTrial(t);
  makeImage(trial);
  trial.write('dist/manifest.json', '{}');
  trial.write('dist/inventory.json', JSON.stringify(INVENTORY));
  trial.write('dist/tftp/boot.ipxe', '#!ipxe\n', 0o600);
  trial.write(`dist/nodes/${NODE}/user-data`, 'the seed', 0o600);
  trial.write('media/x', 'x');
  trial.write('state/x', 'x');
  const entry = /^ENTRYPOINT (\[.*\])$/m.exec(read('Dockerfile'))?.[1] ?? '';
  const words: string[] = JSON.parse(entry);
  const server = trial.start(['sh', join(REPOSITORY, 'test/service/run-container.sh'), ...words], {
    NODE: makeNode(trial),
    USER_ID: String(ANNA.uid),
    GROUP_ID: String(ANNA.gid),
    BOUND: ['-all', ...service.cap_add.map((name) => `+${name.toLowerCase()}`)].join(','),
    MAC: NODE.replaceAll('-', ':'),
  });
  await server.prints(/^ready http=0\.0\.0\.0:8080 tftp=0\.0\.0\.0:69\n/m);
  const onNode = (url: string) =>
    trial.beside(server, ['ip', 'netns', 'exec', 'node', 'curl', '-sg', url]);
  for (const host of ['192.0.2.1', '[2001:db8::1]']) {
    assert.equal(onNode(`http://${host}:8080/nodes/${NODE}/user-data`), 'the seed');
  }
  assert.equal(onNode('tftp://192.0.2.1/boot.ipxe'), '#!ipxe\n');
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
  assert.match(status, new RegExp(`^Uid:(\\t${ANNA.uid}){4}$`, 'm'));
  assert.match(status, /^CapBnd:\t0000000000000400$/m);
  const maps = readFileSync(`/proc/${server.child.pid}/maps`, 'utf8');
  assert.match(maps, /koffi\.node$/m);
  // The seed was written down under the kernel's lock: durable/lock.ts.
  assert.match(maps, /fs-native-extensions\.node$/m);
  assert.doesNotMatch(server.said.err, /cannot be locked/);
  const asAnna = (command: string) =>
    trial.beside(server, [
      'setpriv',
      '--reuid',
      'anna',
      '--clear-groups',
      'sh',
      '-c',
      `${command} 2>&1; :`,
    ]);
  assert.match(asAnna('touch /opt/homepbp/dist/x'), /Read-only file system/);
  assert.match(asAnna('touch /opt/homepbp/x'), /Read-only file system/);
  assert.equal(asAnna('touch /opt/homepbp/state/y'), '');
  server.child.kill('SIGTERM');
  assert.equal(await server.exit, 0);
});
