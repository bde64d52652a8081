// Each folder of goldens/ is a miniature project: nodes.yaml, what it refers to, and in want/ the
// tree that a build of it gives. Run with --test-update-snapshots to accept a change.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { BUSYBOX_FOLDERS } from './fixtures/busybox.ts';
import { refuseBroken } from './generate.ts';
import type { OutputFile } from './output.ts';
import { generateProject } from './project.ts';

const GOLDENS = join(import.meta.dirname, 'goldens');
/** The same secrets for all, since they are part of user-data. */
const SECRETS = join(import.meta.dirname, 'fixtures/secrets');

/** The page's own bytes change with every release of Vite: build/page/ looks at them. */
const PAGE = new Map([
  ['assets/page.js', 'document.title = "page";\n'],
  ['index.html', '<!doctype html><script type="module" src="./assets/page.js"></script>\n'],
]);

/** Stands for payload/, on whose bytes fetch.list and all that pins it depend. */
const PAYLOAD = [{ path: 'homepbp/x', mode: 0o644, content: Buffer.from('#\n') }];

for (const name of readdirSync(GOLDENS)) {
  test(`golden: ${name}`, async (t) => {
    const folder = join(GOLDENS, name);
    const media = await mkdtemp(join(tmpdir(), 'homepbp-golden-'));
    t.after(() => rm(media, { recursive: true }));
    const { files } = await generateProject({
      inventory: join(folder, 'nodes.yaml'),
      media,
      secrets: SECRETS,
      home: join(folder, 'home'),
      ipxeFolders: [join(import.meta.dirname, 'fixtures/ipxe')],
      payload: PAYLOAD,
      busyboxFolders: BUSYBOX_FOLDERS,
      page: PAGE,
    });
    refuseBroken(files);
    const want = join(folder, 'want');
    for (const file of files) {
      t.assert.fileSnapshot(golden(file), join(want, file.path), { serializers: [String] });
    }
    const paths = files.map(({ path }) => path);
    assert.deepEqual(filesBelow(want), paths, 'want/ holds exactly the files of the build');
  });
}

/** Text stays as it is; a link is shown by its hash; of a binary only that it is there. */
function golden(file: OutputFile): string {
  if ('target' in file) return `link to the ${file.size} bytes with SHA-256 ${file.sha256}\n`;
  return typeof file.content === 'string' ? file.content : 'binary\n';
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
