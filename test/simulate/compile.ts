// The simulator and the core that it runs, compiled by mypyc where that is installed: twice as fast, which
// pays for many seeds. The same sources; a copy that cannot be compiled is not an error, only slower.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache/simulate');
const PACKAGES = {
  join: join(ROOT, 'payload/join'),
  trust: join(ROOT, 'payload/trust'),
  simulate: join(ROOT, 'test/simulate'),
};
/** Started by hand or by a test only; the rest of test/simulate is what a history runs through. */
const INTERPRETED =
  /^(?:run|mutat|broken_|replacing|stage|scripts|exceptions|compare|seed_rule|test_)/;

interface Source {
  readonly name: string;
  readonly from: string;
}

/** A folder for PYTHONPATH with the compiled modules, made once per state of the sources; null: none. */
export function compileSimulator(): string | null {
  const sources = Object.entries(PACKAGES).flatMap(([name, folder]) => sourcesOf(name, folder));
  const folder = join(CACHE, digest(sources));
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.${process.pid}`;
  for (const name of Object.keys(PACKAGES)) mkdirSync(join(fresh, name), { recursive: true });
  for (const { name, from } of sources) copyFileSync(from, join(fresh, name));
  const modules = sources.map(({ name }) => name).filter(isCompiled);
  // Not asked for its version first: even for that it writes build/setup.py where it is called.
  const { status } = spawnSync('mypyc', modules, {
    cwd: fresh,
    env: { ...process.env, MYPYC_OPT_LEVEL: '2' },
    stdio: 'ignore',
  });
  if (status !== 0) {
    rmSync(fresh, { recursive: true });
    return null;
  }
  rmSync(join(fresh, 'build'), { recursive: true });
  renameSync(fresh, folder);
  return folder;
}

function sourcesOf(name: string, folder: string): Source[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.py') && !(name === 'join' && file.startsWith('test_')))
    .map((file) => ({ name: `${name}/${file}`, from: join(folder, file) }));
}

function isCompiled(name: string): boolean {
  const [folder, file = ''] = name.split('/');
  return file !== '__init__.py' && (folder === 'join' || !INTERPRETED.test(file));
}

function digest(sources: readonly Source[]): string {
  const hash = createHash('sha256');
  for (const { name, from } of sources) hash.update(`${name}\n`).update(readFileSync(from));
  return hash.digest('hex').slice(0, 16);
}
