import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, REAL_TIME, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

const BODY = 'the right bytes\n';
const SHA = createHash('sha256').update(BODY).digest('hex');

/** A wget that writes its URL into `asked` and then does what the test says with file $3. */
const fakeWget = (action: string) => `
  wget() { echo "$4" >>"$ROOT/asked"; ${action}; }
  REBOOT_DELAY=0
`;
const lines = (path: string) =>
  existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];

for (const shell of SHELLS) {
  describe(`downloads in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test('a good file comes at the first try', (t) => {
      const root = makeRoot(t);
      const script = `${fakeWget(`printf '${BODY.replace('\n', '\\n')}' >"$3"`)}
        fetch_verified a.deb "$ROOT/out" ${BODY.length} ${SHA} http://g/a.deb http://up/a.deb`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 0, console);
      assert.equal(readFileSync(join(root, 'out'), 'utf8'), BODY);
      assert.deepEqual(lines(join(root, 'asked')), ['http://g/a.deb']);
    });

    test('each try asks every URL, pauses grow, and five tries are the end', (t) => {
      const root = makeRoot(t);
      const script = `${fakeWget('echo "wget: can\'t connect to remote host" >&2; return 1')}
        fetch_verified a.deb "$ROOT/out" 5 ${SHA} http://g/a http://up/a; echo NOT REACHED`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.equal(lines(join(root, 'asked')).length, 10);
      assert.deepEqual(lines(join(root, 'calls')), [
        ...['sleep 2', 'sleep 4', 'sleep 8', 'sleep 16'],
        'reboot -f',
      ]);
      assert.match(
        console,
        /CANNOT CONTINUE: a\.deb could not be fetched: can't connect to remote host\nhomepbp: {3}where: http:\/\/g\/a\nhomepbp: {3}next: {2}check that Genesis is running/,
      );
      assert.doesNotMatch(console, /NOT REACHED/);
    });

    test('when Genesis fails, the upstream URL is next at once', (t) => {
      const root = makeRoot(t);
      const script = `${fakeWget(`case "$4" in http://g/*) return 1 ;; esac; printf '${BODY.replace('\n', '\\n')}' >"$3"`)}
        fetch_verified a.deb "$ROOT/out" ${BODY.length} ${SHA} http://g/a http://up/a`;
      assert.equal(runParts(shell, root, script).status, 0);
      assert.deepEqual(lines(join(root, 'asked')), ['http://g/a', 'http://up/a']);
      assert.deepEqual(lines(join(root, 'calls')), []);
    });

    test('a wrong hash is told with both values, fetched again twice, then refused', (t) => {
      const root = makeRoot(t);
      const wrong = createHash('sha256').update('the wrong bytes\n').digest('hex');
      const script = `${fakeWget(`echo 'the wrong bytes' >"$3"`)}
        fetch_verified rootfs.squashfs "$ROOT/out" "" ${SHA} http://g/r; echo NOT REACHED`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.equal(lines(join(root, 'asked')).length, 3);
      assert.match(console, /rootfs\.squashfs: WRONG SHA-256, download 3 of 3/);
      assert.ok(console.includes(`expected ${SHA}`) && console.includes(`got      ${wrong}`));
      assert.match(
        console,
        /CANNOT CONTINUE: rootfs\.squashfs has the wrong SHA-256 after 3 downloads/,
      );
      assert.ok(!existsSync(join(root, 'out')), 'the bad file is removed');
      assert.doesNotMatch(console, /NOT REACHED/);
    });

    test('a file that comes right the second time is used', (t) => {
      const root = makeRoot(t);
      const script = `${fakeWget(`[ -e "$ROOT/once" ] && printf '${BODY.replace('\n', '\\n')}' >"$3" || echo x >"$3"; echo >"$ROOT/once"`)}
        fetch_verified a "$ROOT/out" "" ${SHA} http://g/a`;
      assert.equal(runParts(shell, root, script).status, 0);
      assert.equal(lines(join(root, 'asked')).length, 2);
    });

    test('after a wrong hash the next URL is asked first', (t) => {
      const root = makeRoot(t);
      const script = `${fakeWget(`case "$4" in http://g/*) echo x >"$3" ;; *) printf '${BODY.replace('\n', '\\n')}' >"$3" ;; esac`)}
        fetch_verified a "$ROOT/out" "" ${SHA} http://g/a http://up/a`;
      assert.equal(runParts(shell, root, script).status, 0);
      assert.deepEqual(lines(join(root, 'asked')), ['http://g/a', 'http://up/a']);
    });

    test('a file cut short is a failed download, even when wget is content', (t) => {
      const root = makeRoot(t);
      const script = `${fakeWget('printf 123 >"$3"')} FETCH_TRIES=1
        download a "$ROOT/out" 5 http://g/a`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.match(console, /a: received only 3 of 5 bytes \(http:\/\/g\/a\)/);
    });

    test("a server's refusal is shown with its reason, without control characters", (t) => {
      const root = makeRoot(t);
      const line = 'wget: server returned error: HTTP/1.1 403 seen as 52-54\\033[2J: run doctor';
      const script = `${fakeWget(`printf '${line}\\n' >&2; return 1`)} FETCH_TRIES=1
        download a "$ROOT/out" "" http://g/a`;
      const { console } = runParts(shell, root, script);
      assert.match(console, /a: the server answered: HTTP\/1\.1 403 seen as 52-54\[2J: run doctor/);
    });

    test('a server that goes silent is left, and its wget ended', (t) => {
      const root = makeRoot(t);
      const script = `${REAL_TIME} STALL_LIMIT=1 FETCH_TRIES=1
        wget() { printf 123 >"$3"; exec sleep 300; }
        download a "$ROOT/out" 5 http://g/a`;
      const started = Date.now();
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.match(console, /a: the server stopped sending after 3 bytes/);
      assert.ok(Date.now() - started < 30_000);
    });

    test('a command that hangs is ended with all that it started', (t) => {
      const root = makeRoot(t);
      const script = `${REAL_TIME}
        hang() { sleep 300 & echo "$!" >"$ROOT/child"; wait; }
        run_limited 1 hang; echo "=$?"
        read -r child <"$ROOT/child"
        for try in 1 2 3 4 5; do grep -q sleep "/proc/$child/cmdline" 2>/dev/null || break; sleep 1; done
        [ "$try" -lt 5 ] || echo ALIVE
        run_limited 9 true; echo "=$?"`;
      const started = Date.now();
      const { console } = runParts(shell, root, script);
      assert.match(console, /^=143\n=0$/m);
      assert.doesNotMatch(console, /ALIVE/);
      assert.ok(Date.now() - started < 30_000);
    });

    test('a file that cannot be read has no right hash', (t) => {
      const { console } = runParts(shell, makeRoot(t), 'sha256_of "$ROOT/absent" 2>/dev/null');
      assert.equal(console, 'none (the file cannot be read)');
    });
  });
}
