// ./homepbp dev: the page and every preview, live while nodes.yaml and templates are edited.
import { accessSync, constants, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { refuseBroken } from '../build/generate.ts';
import { loadVite, type Vite, viteConfig, WEB } from '../build/page/vite.ts';
import { generateProject } from '../build/project.ts';
import { UserError } from '../messages/user-error.ts';
import { foldersToWrite } from './dev/cache.ts';
import { type TreeSource, treePlugin } from './dev/tree-plugin.ts';
import { parseFlags, parsePort } from './flags.ts';
import { actAsOwner } from './owner.ts';
import { INVENTORY, MEDIA, OUT, SECRETS_BESIDE_INVENTORY, STATE } from './project-flags.ts';
import { projectOf, secretsBeside } from './project-folders.ts';
import { watchProject } from './project-watch.ts';
import { firstSignal } from './serve.ts';

const HOME = join(import.meta.dirname, '..');
const CACHE = join(HOME, '.cache/vite');

const DEV_FLAGS = {
  inventory: INVENTORY,
  media: MEDIA,
  out: OUT,
  state: STATE,
  secrets: SECRETS_BESIDE_INVENTORY,
  port: {
    type: 'string',
    value: 'PORT',
    default: '5173',
    about: 'the port of the page, on this computer only',
  },
  shim: {
    type: 'string',
    value: 'URL',
    otherwise: 'none',
    about: 'a running shim, whose boots the page shows, such as http://127.0.0.1:8080',
  },
} as const;

/** Serves on loopback until SIGINT or SIGTERM. Writes nothing but copies of a custom OS into media/. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags('dev', args, DEV_FLAGS);
  const port = parsePort('dev', 'port', flags.port);
  const shim = flags.shim === undefined ? null : parseShim(flags.shim);
  actAsOwner('dev', projectOf(flags.inventory));
  requireCache();
  const vite = await loadVite();
  if (typeof vite === 'string') throw new UserError(`dev: ${vite}`);
  const stopped = firstSignal();
  const server = await startServer(vite, { port, shim }, treeSource(flags));
  process.stdout.write(`dev ${server.resolvedUrls?.local[0]}\n`);
  await stopped;
  await server.close();
  return 0;
}

/** The origin of a running shim. @throws {UserError} */
function parseShim(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' && url.pathname === '/' && url.search === '') return url.origin;
  throw new UserError(
    `dev: --shim takes the URL of a shim, not '${text}'\n  hint: for example --shim http://127.0.0.1:8080`,
  );
}

/** Vite would end the process. @throws {UserError} if what is there is somebody else's */
function requireCache(): void {
  for (const folder of foldersToWrite(CACHE)) {
    try {
      accessSync(folder, constants.W_OK);
    } catch (cause) {
      const hint = `remove it, or make it yours: sudo chown -R "$USER" ${folder}`;
      throw new UserError(`dev: ${folder} cannot be written\n  hint: ${hint}`, { cause });
    }
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

type DevFlags = Readonly<Record<'inventory' | 'media' | 'out' | 'state', string>> & {
  readonly secrets?: string;
};

function treeSource({ inventory, media, out, state, ...flags }: DevFlags): TreeSource {
  const secrets = resolve(flags.secrets ?? secretsBeside(inventory));
  const folders = [secrets, resolve(out), resolve(state)];
  return {
    generate: async () => {
      const { files } = await generateProject({
        inventory,
        media,
        state,
        secrets,
        page: new Map(),
      });
      refuseBroken(files);
      return files;
    },
    watch: (onChange) => watchProject(inventory, onChange, say).close,
    closed: [...folders, ...folders.map(realOr), ...AS_IN_DIST],
  };
}

/** The paths by which the page would ask for them. */
const AS_IN_DIST = ['nodes', 'secrets', 'dist', 'state'].map((name) => join(WEB, name));

function realOr(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

interface DevServer {
  readonly port: number;
  /** The shim whose timeline the page shows; null: none. */
  readonly shim: string | null;
}

async function startServer(vite: Vite, { port, shim }: DevServer, source: TreeSource) {
  const server = await vite.createServer({
    ...viteConfig(),
    logLevel: 'warn',
    appType: 'mpa',
    cacheDir: CACHE,
    // Preact is one ES module already; zod is more than a hundred, with all of its languages.
    optimizeDeps: { noDiscovery: true, include: ['zod/mini'] },
    server: {
      host: '127.0.0.1',
      port,
      cors: false,
      // The shim answers only to its own name.
      ...(shim !== null && { proxy: { '/api': { target: shim, changeOrigin: true } } }),
      fs: {
        strict: true,
        allow: [WEB, join(HOME, 'contract'), join(HOME, 'messages'), join(HOME, 'node_modules')],
        deny: ['.env', '.env.*', '*.{crt,pem}', '**/.git/**', '**/secrets/**', '**/dist/nodes/**'],
      },
    },
    plugins: [treePlugin(source)],
  });
  return server.listen();
}
