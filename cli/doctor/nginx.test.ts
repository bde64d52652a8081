// The tree on a real web server, set up as NAS systems and people set theirs up.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { startNginx, withoutNginx } from './nginx.trial.ts';
import { MAC, makeProject, sayOf } from './tree.trial.ts';

/** What doctor says of nginx with these rules. */
async function examine(t: TestContext, rules: string, prepare: (dist: string) => void = () => {}) {
  const project = makeProject(t);
  prepare(project.dist);
  return sayOf(project, await startNginx(t, project.dist, rules));
}

/** A rule, and the fault that it is, with its fix; null: machines boot. */
const RULES: readonly (readonly [string, string, RegExp | null])[] = [
  ['as it comes', '', null],
  ['compression for all who ask for it', 'gzip on; gzip_types *; gzip_min_length 1;', null],
  ['no ranges, no lengths told to caches', 'max_ranges 0; etag off;', null],
  [
    'as IIS comes, which refuses + and %',
    'if ($request_uri ~ "(\\+|%2B|%25)") { return 404; }',
    null,
  ],
  [
    'http to https',
    'location / { return 301 https://$host$request_uri; }',
    /^ERROR \S+ redirects to https .* which machines cannot follow\n {6}fix: .*plain http/,
  ],
  [
    'a page for every name',
    'error_page 404 =200 /index.html;',
    /^ERROR \S+ serves a page for every name, even must-be-absent\.ipxe/m,
  ],
  [
    "IIS' list of endings",
    'location / { if ($uri !~ "\\.(html|js|css|json|png|txt|gz)$") { return 404; } }',
    /^ERROR \S+ has the tree, but does not serve \.ipxe files \(HTTP 404\)\n {6}fix: .*IIS/,
  ],
  [
    'a password',
    'location / { return 401; }',
    /^ERROR \S+ refuses boot\.ipxe \(HTTP 401\)\n {6}fix: .*no password/,
  ],
  [
    'nodes/ not found',
    'location /nodes/ { return 404; }',
    /^ERROR machines do not get their files: .*\(HTTP 404\).*\n {6}fix: .*export/m,
  ],
  [
    'nodes/ with a password',
    'location /nodes/ { return 401; }',
    /^ERROR machines do not get their files: .*\(HTTP 401\).*\n {6}fix: .*no password/m,
  ],
  [
    'another folder',
    'location / { alias /nowhere/; }',
    /^ERROR \S+ has no boot\.ipxe \(HTTP 404\)\n {6}fix: check that this is the folder that/,
  ],
];

describe('nginx', { skip: withoutNginx() }, () => {
  for (const [what, rules, fault] of RULES) {
    test(what, async (t) => {
      const said = await examine(t, rules);
      if (fault === null) {
        assert.doesNotMatch(said, /^ERROR/m);
        assert.match(said, /^ok {4}4 images are served, each with the right size$/m);
      } else assert.match(said, fault);
      assert.doesNotMatch(said, /only to their own machines/);
    });
  }

  test('a copy of dist/ whose user-data kept its mode', async (t) => {
    // 0600 for any other user; 0000 where the test is that user itself.
    const said = await examine(t, '', (dist) => chmodSync(join(dist, `nodes/${MAC}/user-data`), 0));
    assert.match(
      said,
      /^ERROR machines do not get their files: nodes\/\S+\/user-data \(HTTP 403\)\n {6}fix: let the web server's user read/m,
    );
    assert.doesNotMatch(said, /only to their own machines/);
  });

  test('secrets.json of an export, which only its owner may read', async (t) => {
    const file = (dist: string) => join(dist, `nodes/${MAC}/secrets.json`);
    const closed = await examine(t, '', (dist) => writeFileSync(file(dist), '{}', { mode: 0 }));
    assert.match(closed, /^ERROR \S+ refuses the secrets\.json of n1: /m);
    const open = await examine(t, '', (dist) => writeFileSync(file(dist), '{}'));
    assert.doesNotMatch(open, /^ERROR|no secrets/m);
  });
});
