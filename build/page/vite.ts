// Vite for web/: settings shared by the page's build and the dev server, and the build.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InlineConfig } from 'vite';

export type Vite = typeof import('vite');

/** The page's sources. */
export const WEB = join(import.meta.dirname, '../../web');

/** A page's files by their paths in dist/. All are text. */
export type Page = ReadonlyMap<string, string>;

/** Not affected by any `vite.config`, `.env` file or other outside setting. */
export function viteConfig(): InlineConfig {
  return {
    root: WEB,
    configFile: false,
    envDir: false,
    publicDir: false,
    // Relative links, as in all of dist/: it can be served from any folder.
    base: './',
    logLevel: 'silent',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  };
}

/** Vite, or a sentence saying why it cannot be used. */
export async function loadVite(
  load: () => Promise<Vite> = () => import('vite'),
): Promise<Vite | string> {
  try {
    return await load();
  } catch (error) {
    return whyNot(error as NodeJS.ErrnoException);
  }
}

/** A missing package and one that this Node.js cannot load have different fixes. */
function whyNot({ code, message }: NodeJS.ErrnoException): string {
  const manifest = join(import.meta.dirname, '../../node_modules/vite/package.json');
  if (code === 'ERR_MODULE_NOT_FOUND' && !existsSync(manifest)) {
    return 'vite is not installed; run npm ci';
  }
  const { version, engines } = JSON.parse(readFileSync(manifest, 'utf8'));
  const [reason] = message.split('\n');
  return (
    `vite ${version}, which needs Node.js ${engines.node}, ` +
    `does not load under ${process.versions.node}: ${reason}`
  );
}

/**
 * Builds the page in memory. Only the page: emitting all of dist/ through Vite would take three
 * times as long as writing it.
 * @throws Vite's error for a broken source
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
  if (Array.isArray(built) || !('output' in built))
    throw new Error('vite did not return a single bundle');
  const files = built.output.map((file): [string, string] => {
    const content = file.type === 'chunk' ? file.code : file.source;
    return [file.fileName, Buffer.from(content).toString('utf8')];
  });
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}
