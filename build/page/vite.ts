// Vite over web/: the settings that the page's build and the dev server share, and the build.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InlineConfig } from 'vite';

export type Vite = typeof import('vite');

/** The page's sources. */
export const WEB = join(import.meta.dirname, '../../web');

/** A page's files by their paths in dist/. All are text. */
export type Page = ReadonlyMap<string, string>;

/** What no `vite.config`, `.env` file or other setting outside of this function changes. */
export function viteConfig(): InlineConfig {
  return {
    root: WEB,
    configFile: false,
    envDir: false,
    publicDir: false,
    // Links between the page's files are relative, as all of dist/ is: any folder of any server.
    base: './',
    logLevel: 'silent',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  };
}

/** Vite, or a sentence that says why it cannot be used here. */
export async function loadVite(
  load: () => Promise<Vite> = () => import('vite'),
): Promise<Vite | string> {
  try {
    return await load();
  } catch (error) {
    return whyNot(error as NodeJS.ErrnoException);
  }
}

/** A package that is missing and one that this Node.js cannot load need different cures. */
function whyNot({ code, message }: NodeJS.ErrnoException): string {
  const manifest = join(import.meta.dirname, '../../node_modules/vite/package.json');
  if (code === 'ERR_MODULE_NOT_FOUND' && !existsSync(manifest)) {
    return 'vite is not installed; npm ci installs it';
  }
  const { version, engines } = JSON.parse(readFileSync(manifest, 'utf8'));
  const [reason] = message.split('\n');
  return (
    `vite ${version}, which needs Node.js ${engines.node}, ` +
    `does not load under ${process.versions.node}: ${reason}`
  );
}

/**
 * Builds the page in memory: emitting all of dist/ through Vite's bundle costs three times what
 * writing it costs, so only the page goes through it.
 * @throws what Vite says of a broken source
 */
export async function bundlePage(vite: Vite): Promise<Page> {
  const built = await vite.build({
    ...viteConfig(),
    mode: 'production',
    build: {
      write: false,
      modulePreload: false,
      assetsInlineLimit: 0,
      reportCompressedSize: false,
    },
  });
  if (Array.isArray(built) || !('output' in built)) throw new Error('vite gave no single bundle');
  const files = built.output.map((file): [string, string] => {
    const content = file.type === 'chunk' ? file.code : file.source;
    return [file.fileName, Buffer.from(content).toString('utf8')];
  });
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}
