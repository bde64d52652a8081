// Packages of another Debian suite than the host's: unpacked into the cache, never installed.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../messages/user-error.ts';
import { hostMirror } from './apt.ts';
import { runProgram } from './program.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** The lists of a suite are refetched after this: sid's name files that are gone within weeks. */
const LISTS_MS = 24 * 3600 * 1000;
const SECONDS = 300;

export interface SuitePackage {
  /** Its files as they would be in /, and its control files in DEBIAN/. */
  readonly folder: string;
  readonly version: string;
  /** The names of the packages that it depends on, of alternatives the first. */
  readonly depends: readonly string[];
}

/** The folder of the cache that holds them. */
export const SUITES = 'suites';

/**
 * A package of another suite, unpacked once for each of its versions. Says which one it is.
 * @param cache folder of all that the e2e tests keep
 * @param mirror the one that the host uses, without this
 * @throws {UserError} where the mirror does not have the suite or the package
 */
export async function suitePackage(
  cache: string,
  suite: string,
  pkg: string,
  mirror?: string,
): Promise<SuitePackage> {
  const suites = join(cache, SUITES);
  const apt = await aptOf(suites, suite, mirror ?? (await hostMirror()));
  const deb = await fileOf(apt, suite, pkg);
  const folder = join(suites, `${suite}-${deb.replace(/\.deb$/, '')}`);
  if (!existsSync(folder)) await unpack(apt, suite, pkg, folder);
  const control = await readFile(join(folder, 'DEBIAN', 'control'), 'utf8');
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(control)?.[1] ?? '';
  const version = field('Version');
  process.stdout.write(`  ${pkg} ${version} of Debian ${suite}\n`);
  const depends = field('Depends')
    .split(',')
    .map((one) => one.trim().replace(/[ :(|].*/, ''));
  return { folder, version, depends: depends.filter(Boolean) };
}

type Apt = (words: string) => string[];

/** The words that run apt on this suite alone, its lists fetched; the host's stay as they are. */
async function aptOf(suites: string, suite: string, mirror: string): Promise<Apt> {
  const home = join(suites, `${suite}.apt`);
  const inside = (name: string) => join(home, name);
  await mkdir(inside('lists/partial'), { recursive: true });
  await mkdir(inside('cache/archives/partial'), { recursive: true });
  await writeFile(inside('sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`);
  await writeFile(inside('status'), '');
  const options = {
    'Dir::Etc::sourcelist': inside('sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': home,
    'Dir::State::status': inside('status'),
    'Dir::Cache': inside('cache'),
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const apt = (words: string) => ['apt-get', '-q', ...flags, ...words.split(' ')];
  await update(apt, inside('updated'), suite, mirror);
  return apt;
}

async function update(apt: Apt, stamp: string, suite: string, mirror: string): Promise<void> {
  const last = await stat(stamp).catch(() => undefined);
  if (last !== undefined && Date.now() - last.mtimeMs < LISTS_MS) return;
  process.stdout.write(`  fetching the lists of Debian ${suite} from ${mirror}\n`);
  await ask(apt('update'), `Debian ${suite} is not to be had from ${mirror}`);
  await writeFile(stamp, '');
}

/** The name of the package's file, which has its version. */
async function fileOf(apt: Apt, suite: string, pkg: string): Promise<string> {
  const words = apt(`download --print-uris ${pkg}`);
  const uris = await ask(words, `Debian ${suite} has no package ${pkg}`);
  const deb = /^'[^']*' (\S+\.deb) /m.exec(uris)?.[1];
  if (deb === undefined) throw new Error(`apt-get named no file of ${pkg}: ${uris}`);
  return deb;
}

async function unpack(apt: Apt, suite: string, pkg: string, folder: string): Promise<void> {
  const work = `${folder}.unpacking-${process.pid}`;
  try {
    await mkdir(work);
    const words = ['env', '-C', work, ...apt(`download ${pkg}`)];
    await ask(words, `${pkg} of Debian ${suite} cannot be downloaded`);
    const raw = 'dpkg-deb --raw-extract ./*.deb files';
    await runProgram(['env', '-C', work, 'sh', '-c', raw], { seconds: SECONDS });
    await rename(join(work, 'files'), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs apt. @throws {UserError} with `refusal` and what apt complained about, when it fails */
async function ask(words: readonly string[], refusal: string): Promise<string> {
  return runProgram(words, { seconds: SECONDS }).catch((cause: Error) => {
    const lines = cause.message.split('\n');
    const complaints = lines.filter((line) => line.startsWith('E: '));
    const said = complaints.length > 0 ? complaints : lines.slice(-3);
    throw new UserError([`e2e: ${refusal}`, ...said.map((line) => `  ${line}`)].join('\n'), {
      cause,
    });
  });
}
