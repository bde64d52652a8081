// How the host itself reaches Debian's mirror: what the tests download comes the same way.
import { UserError } from '../../messages/user-error.ts';
import { runProgram } from './program.ts';

interface Source {
  readonly uri: string;
  readonly codename: string;
  readonly release: string;
  readonly component: string;
}

/** The lines of sources.list by which the host itself gets the suite; none: mmdebstrap's own. */
export async function hostAptSources(suite: string): Promise<string[]> {
  const lines = (await hostSources())
    .filter(({ codename }) => codename === suite || codename.startsWith(`${suite}-`))
    .map(({ uri, release, component }) => `deb ${uri} ${release} ${component}`);
  return [...new Set(lines)];
}

/**
 * The mirror that has the host's suite, and so every other suite of Debian.
 * @throws {UserError} when the host's apt has none
 */
export async function hostMirror(): Promise<string> {
  const main = (await hostSources()).find(({ codename }) => !codename.includes('-'));
  if (main !== undefined) return main.uri;
  throw new UserError(
    "e2e: this host's apt has no Debian mirror\n  hint: add one to its sources, then run apt-get update",
  );
}

/** How the host reaches its mirror: proxies, and whether a dated snapshot may be used. */
export async function hostAptOptions(): Promise<string> {
  const dump = await runProgram(['apt-config', 'dump']);
  return dump.replaceAll(/^(?!Acquire::(https?::|Check-)\S* ".+";).*\n/gm, '');
}

async function hostSources(): Promise<Source[]> {
  const format = '$(ORIGIN) $(CODENAME) $(REPO_URI) $(RELEASE) $(COMPONENT)';
  const words = ['apt-get', 'indextargets', '--format', format, 'Created-By: Packages'];
  const lines = (await runProgram(words)).split('\n').map((line) => line.split(' '));
  return lines.flatMap(([origin, codename = '', uri = '', release = '', component = '']) =>
    origin === 'Debian' ? [{ codename, uri, release, component }] : [],
  );
}
