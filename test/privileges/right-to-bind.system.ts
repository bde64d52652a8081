// A user without the right to bind port 69: what still works, and that the commands printed give it.
import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ANNA, openTrial, type Started, skip, type Trial } from './privileges.trial.ts';

const timeout = 60_000;
const AS_ANNA = ['setpriv', '--reuid', 'anna', '--regid', 'anna', '--init-groups'];
const FLAGS = ['serve', '--host', '127.0.0.1', '--http-port', '0'];
const WITHOUT_TFTP = /^ready http=127\.0\.0\.1:\d+ tftp=-\n/m;
const WITH_TFTP = /^ready http=127\.0\.0\.1:\d+ tftp=127\.0\.0\.1:69\n/m;

/** A shell at anna's; its Node.js is a copy that a test may give rights to. */
function openShell(trial: Trial) {
  trial.write('dist/manifest.json', '{}');
  trial.write('dist/boot.ipxe', '#!ipxe\n');
  const node = join(trial.home, 'node');
  copyFileSync(process.execPath, node);
  const launcher = `${trial.homepbp}.mjs`;
  return {
    /** First a command as root, then serve as anna. */
    serve: (command = 'true') => {
      const words = [...AS_ANNA, node, launcher, ...FLAGS];
      return trial.start(['sh', '-c', `${command}\nexec "$@"`, 'sh', ...words]);
    },
  };
}

/** A command that a fault printed, without sudo: here it is root that runs it. */
function printed({ said }: Started, pattern: RegExp): string {
  const command = pattern.exec(said.err)?.[1];
  assert.ok(command, said.err);
  return command;
}

test('HTTP goes on, and each command printed gives the right', { skip, timeout }, async (t) => {
  const trial = openTrial(t);
  const shell = openShell(trial);
  const without = shell.serve();
  const [ready] = await without.prints(WITHOUT_TFTP);
  const url = `http://${/http=(\S+)/.exec(ready)?.[1]}/boot.ipxe`;
  assert.equal(trial.beside(without, ['curl', '-s', url]), '#!ipxe\n');
  assert.match(without.said.err, /^tftp: port 69 needs a privilege/m);

  const sysctl = printed(without, /sudo (sysctl .*)$/m);
  await shell.serve(`${sysctl} >/dev/null`).prints(WITH_TFTP);

  const setcap = printed(without, /sudo (setcap .*)$/m);
  await shell.serve(setcap).prints(WITH_TFTP);
  rmSync(join(trial.home, 'node'));
});

test('--user is for root, and for who is that user already', { skip, timeout }, async (t) => {
  const trial = openTrial(t);
  trial.write('dist/manifest.json', '{}');
  const serve = (user: string) =>
    trial.start([...AS_ANNA, trial.homepbp, ...FLAGS, '--tftp-port', '0', '--user', user]);
  for (const me of ['anna', String(ANNA.uid)]) await serve(me).prints(/^ready/m);
  const other = serve('root');
  assert.equal(await other.exit, 1);
  assert.match(other.said.err, /^serve: only root can serve as --user root\n {2}hint: run sudo /);
});

test('proxy DHCP needs the right too, and says so', { skip, timeout }, async (t) => {
  const trial = openTrial(t);
  trial.write('dist/manifest.json', '{}');
  const flags = [...FLAGS, '--tftp-port', '0', '--proxy-dhcp'];
  const server = trial.start([...AS_ANNA, trial.homepbp, ...flags]);
  await server.prints(/^ready/m);
  assert.match(server.said.err, /^proxy DHCP: port 67 .* needs a privilege[\s\S]*start=67$/m);
});

test('a root that may not be others says so', { skip, timeout }, async (t) => {
  const trial = openTrial(t);
  trial.write('dist/manifest.json', '{}');
  const poor = ['setpriv', '--bounding-set', '-setuid'];
  const server = trial.start([...poor, trial.homepbp, ...FLAGS]);
  assert.equal(await server.exit, 1);
  assert.match(server.said.err, /^serve: this root is not allowed to become user 41001 /);
});
