import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programsIn } from '../contract/boot-programs.ts';
import { firstEvent, firstWords, type Situation } from './first-words.ts';

const SITUATION: Situation = {
  command: 'start',
  http: { host: '0.0.0.0', port: 8080 },
  tftp: { host: '0.0.0.0', port: 69 },
  proxyDhcp: 'off',
  addresses: ['192.168.1.10'],
  toldPort: 8080,
  dist: 'dist',
  programs: programsIn((program) => !program.includes('arm64')),
  nodes: 3,
  missing: [],
  isExample: false,
};

const words = (change: Partial<Situation>) => firstWords({ ...SITUATION, ...change }).join('\n');

test('where the page is, that nothing tells machines to boot, and both ways to change that', () => {
  assert.equal(
    words({}),
    `Page     http://192.168.1.10:8080/
TFTP     port 69 of every address
Boot     nothing here tells machines to boot from this computer. Either
         * let it: sudo ./homepbp start --proxy-dhcp, with no change to the router; or
         * set the router's DHCP: next server 192.168.1.10,
           boot file undionly.kpxe (BIOS) or snponly.efi (UEFI x64); dist/dhcp/ has it ready to paste
Next     Enable network boot (PXE, IPv4) in the machines' firmware, switch them on, and watch the page.
         Once they are ready: ./homepbp kubeconfig`,
  );
});

test('only boot files that are there are named; without any, where they come from', () => {
  const bios = words({ programs: programsIn((program) => program === 'undionly.kpxe') });
  assert.match(bios, /^ +boot file undionly\.kpxe \(BIOS\); dist\/dhcp\/ has it ready to paste$/m);
  const none = words({ programs: [] });
  assert.doesNotMatch(none, /boot file|\.efi|\.kpxe/);
  assert.match(
    none,
    /^Boot +dist\/tftp\/ has nothing that firmware can load: run \.\/homepbp fetch$/m,
  );
  const served = words({ programs: [], command: 'serve', proxyDhcp: 'on' });
  assert.match(
    served,
    /^Boot .*: run \.\/homepbp fetch, then \.\/homepbp build\n +proxy DHCP tells/m,
  );
});

test('proxy DHCP: whether it does what it should', () => {
  assert.match(words({ proxyDhcp: 'on' }), /^Boot +proxy DHCP tells machines to boot from here/m);
  assert.doesNotMatch(words({ proxyDhcp: 'on' }), /next server/);
  assert.match(
    words({ proxyDhcp: 'partly' }),
    /^Boot +proxy DHCP does not reach every machine, see/m,
  );
});

test('each address gets its page, and none of them is called the next server', () => {
  const text = words({
    addresses: ['192.168.1.10', '10.0.0.2'],
    http: { host: '::', port: 80 },
    toldPort: 80,
  });
  assert.match(text, /^Page {5}http:\/\/192\.168\.1\.10:80\/\n {9}http:\/\/10\.0\.0\.2:80\/\n/);
  assert.match(text, /next server this computer's address in their network,/);
  assert.match(words({ addresses: ['2001:db8::1'] }), /http:\/\/\[2001:db8::1\]:8080\//);
});

test('an address that only this computer can reach is called that', () => {
  const here = words({ addresses: [], http: { host: '127.0.0.1', port: 5 } });
  assert.match(here, /^Page {5}http:\/\/127\.0\.0\.1:5\/\n {9}only for this computer: /);
});

test('machines that would look at another port', () => {
  const astray = words({ toldPort: 80 });
  assert.match(astray, /:8080\/\n {9}but dist sends machines to port 80: set genesis\.http_port/);
  assert.doesNotMatch(words({ toldPort: 80, http: null }), /but dist/);
});

test('what does not run, or not where firmware asks', () => {
  const deaf = words({ tftp: null, http: null, addresses: [] });
  assert.match(deaf, /^TFTP +does not run, see above: /m);
  assert.match(deaf, /^Page +not served, see above: /m);
  const odd = words({ tftp: { host: '192.168.1.10', port: 6969 } });
  assert.match(odd, /^TFTP +port 6969 of 192\.168\.1\.10; firmware only asks at port 69$/m);
});

test('what was not fetched; serve says how, start asks', () => {
  const missing = ['kernel', 'k3s'];
  assert.match(words({ missing }), /^Missing {2}kernel, k3s: not fetched yet$/m);
  assert.match(
    words({ missing, command: 'serve' }),
    /^Missing .*; run \.\/homepbp fetch, then \.\/homepbp build$/m,
  );
});

test('who has only the example, or no machine, reads how to get their own in', () => {
  assert.match(
    words({ isExample: true }),
    /^Next +nodes\.yaml is the example: run \.\/homepbp init/m,
  );
  const empty = words({ nodes: 0 });
  assert.match(empty, /^Next +A machine that is not in nodes\.yaml appears on the page/m);
  assert.doesNotMatch(empty, /example/);
});

test('the same for programs, as one event', () => {
  assert.deepEqual(firstEvent({ ...SITUATION, missing: ['kernel', 'k3s'] }), {
    area: 'shim',
    event: 'ready',
    fields: {
      page: 'http://192.168.1.10:8080/',
      tftp: '0.0.0.0:69',
      proxy_dhcp: 'off',
      nodes: 3,
      missing: 'kernel, k3s',
      hint: "tell machines to boot from here: --proxy-dhcp, or the router's DHCP as in dist/dhcp/",
    },
  });
  const none = firstEvent({ ...SITUATION, programs: [], proxyDhcp: 'on' });
  assert.match(String(none.fields?.hint), /^dist\/tftp\/ has nothing that firmware can load: /);
  const { fields } = firstEvent({ ...SITUATION, tftp: null, http: null, proxyDhcp: 'on' });
  assert.deepEqual([fields?.page, fields?.tftp, fields?.hint], ['', 'none', undefined]);
});
