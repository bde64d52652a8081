// A base URL of nodes.yaml as iPXE reads it in our scripts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GOOD } from '../contract/base-url.trial.ts';
import { ABSENT_SCRIPT } from '../contract/paths.ts';
import { walkIpxe } from './explain/ipxe.ts';
import { checkIpxe } from './ipxe/check.ts';
import { makeRender } from './render.ts';
import { genesisAt, urlFault } from './schema/genesis.ts';
import { readTemplates } from './shipped-files.ts';

test('iPXE asks for the first script below each base URL, word for word', async () => {
  const render = makeRender(await readTemplates());
  for (const [url] of GOOD) {
    assert.equal(urlFault(url), null);
    const genesis = genesisAt(url);
    const script = render('tftp/boot.ipxe.eta', { genesis, absent: ABSENT_SCRIPT });
    assert.deepEqual(checkIpxe(script), []);
    const { fetches } = walkIpxe('tftp://192.168.1.1/boot.ipxe', {
      settings: { platform: 'efi', 'netX/mac': '52:54:00:12:34:01', 'next-server': '192.168.1.1' },
      lease: {},
      get: (asked) => (asked.startsWith('tftp:') ? script : null),
    });
    const asked = new Set(fetches.slice(1).map((fetch) => fetch.url));
    assert.deepEqual([...asked], [`${url.replace(/\/$/, '')}/boot.ipxe`]);
  }
});
