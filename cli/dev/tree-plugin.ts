// The generator as a Vite plugin: the dev server gives the page the tree from memory, generated again
// on each change.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin, ViteDevServer } from 'vite';
import type { OutputFile, TextFile } from '../../build/output.ts';
import { isClosed } from './closed.ts';
import { overlayOf } from './overlay.ts';

export interface TreeSource {
  /** All files of the tree. @throws what is wrong with the inventory or a template */
  generate(): Promise<readonly OutputFile[]>;
  /** Calls back on changes; returns a function that stops it. */
  watch(onChange: () => Promise<void>): () => void;
  /** Absolute folders and files that are never served. */
  readonly closed: readonly string[];
}

/** What the page listens to. */
const GENERATED = 'homepbp:generated';

export function treePlugin(source: TreeSource): Plugin {
  let tree: ReadonlyMap<string, TextFile> = new Map();
  let fault: Error | null = null;
  const generate = async () => {
    try {
      tree = openFiles(await source.generate());
      fault = null;
    } catch (error) {
      fault = error as Error;
    }
  };
  return {
    name: 'homepbp:tree',
    apply: 'serve',
    transformIndexHtml: allowVite,
    async configureServer(server) {
      const { ws, middlewares, httpServer } = server;
      middlewares.use(refuseClosed(server, source.closed));
      middlewares.use((request, response, next) => serveTree(tree, request, response, next));
      const tell = () => (fault === null ? ws.send(GENERATED) : ws.send(overlayOf(fault)));
      // A page opened after the error has not heard of it.
      ws.on('connection', () => fault !== null && tell());
      await generate();
      if (fault !== null) report(server, fault);
      const unwatch = source.watch(async () => {
        await generate();
        if (fault !== null) report(server, fault);
        tell();
      });
      httpServer?.once('close', unwatch);
    },
  };
}

function report({ config }: ViteDevServer, { message }: Error) {
  config.logger.error(message);
}

/** Links to media have no bytes here, and secrets are not served. */
function openFiles(files: readonly OutputFile[]): ReadonlyMap<string, TextFile> {
  const texts = files.filter((file): file is TextFile => 'content' in file && !file.secret);
  return new Map(texts.map((file) => [file.path, file]));
}

/** Vite's client injects styles and its overlay into the page. */
function allowVite(html: string): string {
  return html
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace("; require-trusted-types-for 'script'", '');
}

type Next = () => void;

function refuseClosed({ config }: ViteDevServer, closed: readonly string[]) {
  return (
    { url = '', originalUrl }: IncomingMessage & { originalUrl?: string | undefined },
    response: ServerResponse,
    next: Next,
  ) => {
    if (![url, originalUrl ?? url].some((asked) => isClosed(asked, config.root, closed)))
      return next();
    response.writeHead(403, { 'Content-Type': 'text/plain' }).end('HomePBP: never served\n');
  };
}

function serveTree(
  tree: ReadonlyMap<string, TextFile>,
  { url = '' }: IncomingMessage,
  response: ServerResponse,
  next: Next,
) {
  const file = tree.get(url.slice(1).replace(/[?#].*$/s, ''));
  if (file === undefined) return next();
  const type = file.path.endsWith('.json') ? 'application/json' : 'text/plain; charset=utf-8';
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(file.content);
}
