// Dockerfile, .dockerignore and compose.yaml: what it is like to run by them. There is no Docker engine
// here: the image is put together, and the container made, by hand.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ANNA,
  INVENTORY,
  NODE,
  openTrial,
  skip,
  type Trial,
} from '../privileges/privileges.trial.ts';
import { REPOSITORY, service } from './compose.ts';

const read = (name: string) => readFileSync(join(REPOSITORY, name), 'utf8');

/** What .dockerignore lets in, and the packages that npm ci adds by the Dockerfile's flags. */
function makeImage({ folder }: Trial) {
  const image = join(folder, 'image');
  mkdirSync(image);
  const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name = '']) => name);
  for (const name of allowed) {
    cpSync(join(REPOSITORY, name), join(image, name), {
      recursive: true,
      filter: (path) => !/\.(test|system)\.ts$/.test(path),
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
  for (const name of ['dist', 'media', 'secrets/issued', 'state'])
    mkdirSync(join(image, name), { recursive: true });
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
  trial.write('secrets/token', 'the token', 0o600);
  trial.write('secrets/issued/secrets.json', '{}', 0o600);
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
  assert.equal(asAnna('ls -A /opt/homepbp/secrets'), 'issued\n');
  assert.equal(asAnna('cat /opt/homepbp/secrets/issued/secrets.json'), '{}');
  assert.match(asAnna('touch /opt/homepbp/secrets/issued/x'), /Read-only file system/);
  server.child.kill('SIGTERM');
  assert.equal(await server.exit, 0);
});
