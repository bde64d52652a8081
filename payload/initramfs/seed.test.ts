// The cloud-init seed.
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

for (const shell of SHELLS) {
  describe(`seed in ${shell.join(' ')}`, { skip: SKIP }, () => {
    const seed = (t: Parameters<typeof makeRoot>[0], wget: string) => {
      const root = makeRoot(t);
      const script = `REBOOT_DELAY=0 FETCH_TRIES=1 HOMEPBP_BASE=http://g HOMEPBP_NODE=52-54-00-12-34-01
        refuse() { echo "wget: server returned error: HTTP/1.1 $1" >&2; return 1; }
        wget() { case "$4" in ${wget} esac; echo "token: K10secret" >"$3"; }
        fetch_seed; place_seed; drop_seed`;
      return { root, ...runParts(shell, root, script) };
    };
    const target = 'root/var/lib/cloud/seed/nocloud';
    test('the seed is for root alone, and never shown', (t) => {
      const { root, status, console } = seed(t, 'none) ;;');
      assert.equal(status, 0, console);
      for (const name of ['meta-data', 'user-data', 'vendor-data', 'network-config']) {
        assert.equal(statSync(join(root, target, name)).mode & 0o777, 0o600);
      }
      assert.equal(statSync(join(root, target)).mode & 0o777, 0o700);
      assert.ok(!existsSync(join(root, 'run/homepbp/seed')));
      assert.doesNotMatch(console, /secret/);
    });
    test('vendor-data and network-config may be absent', (t) => {
      const { root, status } = seed(
        t,
        '*/vendor-data | */network-config) refuse "404 Not Found"; return 1 ;;',
      );
      assert.equal(status, 0);
      assert.ok(existsSync(join(root, target, 'user-data')));
      assert.ok(!existsSync(join(root, target, 'network-config')));
    });
    for (const [name, content, fault] of [
      ['user-data', '\\n <!doctype html>', 'the web server sent a page in its place'],
      ['network-config', '<html>', 'the web server sent a page in its place'],
      ['meta-data', '\\037\\213\\010\\000', 'the web server sent it compressed'],
    ] as const) {
      test(`${name}: ${fault}, and the boot ends`, (t) => {
        const { status, console } = seed(t, `*/${name}) printf '${content}' >"$3"; return 0 ;;`);
        assert.equal(status, 1);
        assert.match(
          console,
          new RegExp(`CANNOT CONTINUE: this node's ${name} could not be fetched: ${fault}\n`),
        );
      });
    }
    for (const [name, answer] of [
      ['user-data', '404 Not Found'],
      ['meta-data', '404 Not Found'],
      ['user-data', '403 asked for by 52-54-00-12-34-99'],
      ['network-config', '500 Oops'],
    ]) {
      test(`${name}: ${answer} ends the boot, with the server's words`, (t) => {
        const { status, console } = seed(t, `*/${name}) refuse "${answer}"; return 1 ;;`);
        assert.equal(status, 1);
        assert.ok(
          console.includes(
            `CANNOT CONTINUE: this node's ${name} could not be fetched: the server answered: HTTP/1.1 ${answer}`,
          ),
          console,
        );
      });
    }
  });
}
