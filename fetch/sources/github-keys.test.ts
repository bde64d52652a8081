import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { makeKey, publishSite, type TestKey } from '../publisher.trial.ts';
import { resolveGithubKeys } from './github-keys.ts';

const ED25519 = `ssh-ed25519 ${'A'.repeat(68)}`;
const RSA = `ssh-rsa ${'B'.repeat(372)}`;

let key: TestKey;
before(async () => {
  key = await makeKey();
});

async function ask(t: TestContext, body: string | null, user = 'octocat') {
  const site = body === null ? {} : { '/github/octocat.keys': Buffer.from(body) };
  const { sources } = await publishSite(t, site, key);
  return resolveGithubKeys(user, sources);
}

test("a user's keys, in GitHub's order", async (t) => {
  assert.deepEqual(await ask(t, `${RSA}\n${ED25519}\n`), [RSA, ED25519]);
});

test('keys of kinds that sshd no longer accepts are left out', async (t) => {
  assert.deepEqual(await ask(t, `ssh-dss ${'C'.repeat(80)}\n${ED25519}\n`), [ED25519]);
});

test('a user without keys', async (t) => {
  await assert.rejects(ask(t, ''), /'octocat' has no ssh key.*\n {2}hint: add one/);
});

test('an unknown user', async (t) => {
  await assert.rejects(ask(t, null), /octocat\.keys: GitHub has no user 'octocat'/);
});

test('a login page is not mistaken for keys', async (t) => {
  await assert.rejects(ask(t, `${RSA}\n<html>log in</html>\n`), /not an ssh key: '<html>/);
});

test('a line that would run a command is not a key', async (t) => {
  await assert.rejects(ask(t, `command="rm -rf /" ${ED25519}\n`), /not an ssh key/);
});

test('a name cannot lead to another path on the server', async (t) => {
  await assert.rejects(ask(t, ED25519, '../octocat'), /GitHub has no user/);
});
