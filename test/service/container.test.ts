// compose.yaml: what Compose says of it, and that container.system.ts applies what it sets.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY, service, serviceIn } from './compose.ts';

const required = process.env.HOMEPBP_REQUIRE_TOOLS === '1';

test('Compose takes compose.yaml, but not without the owner of dist/', (t) => {
  const [program = '', ...words] = findCompose() ?? [];
  if (program === '') {
    assert.ok(!required, 'neither docker compose nor docker-compose is installed');
    t.skip('neither docker compose nor docker-compose is installed');
    return;
  }
  const config = (env: NodeJS.ProcessEnv) =>
    spawnSync(program, [...words, '-f', join(REPOSITORY, 'compose.yaml'), 'config'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
    });
  const { status, stdout, stderr } = config({ HOMEPBP_USER: '1000:1001' });
  assert.equal(status, 0, stderr);
  const resolved = serviceIn(stdout);
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

test('the settings are those that container.system.ts applies', () => {
  assert.equal(service.network_mode, 'host');
  assert.deepEqual([service.cap_drop, service.security_opt], [['ALL'], undefined]);
  assert.equal(service.read_only, true);
  const mounts = service.volumes.map((one) => [one.source, one.target, one.read_only ?? false]);
  assert.deepEqual(mounts, [
    ['./dist', '/opt/homepbp/dist', true],
    ['./media', '/opt/homepbp/media', true],
    ['./secrets/issued', '/opt/homepbp/secrets/issued', true],
    ['./state', '/opt/homepbp/state', false],
  ]);
});

test('its log has a limit: Docker keeps everything by default', () => {
  const { driver, options } = service.logging;
  assert.deepEqual([driver, options['max-size'], options['max-file']], ['json-file', '10m', '5']);
});
