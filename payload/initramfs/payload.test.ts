// The node payload: programs, units, the command.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

const UNIT = `[Unit]
Description=wants [Install] said
WantedBy=not-here.target

[Install]
WantedBy=multi-user.target a.target
RequiredBy=b.target`;

for (const shell of SHELLS) {
  describe(`payload in ${shell.join(' ')}`, { skip: SKIP }, () => {
    const systemd = 'root/etc/systemd/system';

    test('programs keep their modes in /usr/lib/homepbp; without any nothing is made', (t) => {
      const root = makeRoot(t, { 'homepbp/node/join/agent': '#', 'homepbp/node/join/x.py': '#' });
      chmodSync(join(root, 'homepbp/node/join/agent'), 0o755);
      assert.equal(runParts(shell, root, 'place_payload').status, 0);
      const place = join(root, 'root/usr/lib/homepbp/join');
      assert.equal(statSync(join(place, 'agent')).mode & 0o777, 0o755);
      assert.ok(existsSync(join(place, 'x.py')));
      assert.ok(!existsSync(join(root, 'root/usr/local')), 'no command without bin/homepbp');
      const bare = makeRoot(t);
      assert.equal(runParts(shell, bare, 'place_payload').status, 0);
      assert.ok(!existsSync(join(bare, 'root/usr')));
    });

    test('a unit is linked, and enabled as its [Install] section says', (t) => {
      const root = makeRoot(t, {
        'homepbp/node/systemd/a.service': UNIT,
        'homepbp/node/systemd/idle.service': '[Unit]\n',
      });
      assert.equal(runParts(shell, root, 'place_payload').status, 0);
      const links = readdirSync(join(root, systemd), { recursive: true, encoding: 'utf8' }).filter(
        (name) => name.endsWith('.service'),
      );
      assert.deepEqual(links.sort(), [
        'a.service',
        'a.target.wants/a.service',
        'b.target.requires/a.service',
        'idle.service',
        'multi-user.target.wants/a.service',
      ]);
      for (const link of links) {
        const [name] = link.split('/').slice(-1);
        const target = readlinkSync(join(root, systemd, link));
        assert.equal(target, `/usr/lib/homepbp/systemd/${name}`);
      }
    });

    test('the command is in PATH', (t) => {
      const root = makeRoot(t, { 'homepbp/node/bin/homepbp': '#!/bin/sh\n' });
      assert.equal(runParts(shell, root, 'place_payload').status, 0);
      const link = join(root, 'root/usr/local/sbin/homepbp');
      assert.equal(readlinkSync(link), '/usr/lib/homepbp/bin/homepbp');
    });
  });
}
