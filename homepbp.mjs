#!/usr/bin/env node
// The launcher: plain JavaScript that any Node.js since 14 can parse, because its work is to
// find one that runs TypeScript directly (22.18 or newer) and hand over to cli/main.ts.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = '22.18';
const home = dirname(fileURLToPath(import.meta.url));

/**
 * The binary of the one platform package that npm installed from package.json's
 * optionalDependencies, or null. Not node_modules/.bin/node: npm 10 makes no such link.
 */
function pinnedNode() {
  const modules = join(home, 'node_modules');
  if (!existsSync(modules)) return null;
  const packages = readdirSync(modules).filter((name) => name.startsWith('node-'));
  const binaries = packages.map((name) => join(modules, name, 'bin', 'node'));
  return binaries.find((path) => existsSync(path)) ?? null;
}

function fail(message) {
  process.stderr.write(`homepbp: ${message}\n`);
  process.exit(1);
}

/** Runs this launcher again under the pinned Node.js; signals and the exit status pass through. */
function reExecute() {
  const node = pinnedNode();
  if (node === null || process.env.HOMEPBP_LAUNCHED === '1') {
    fail(
      `Node.js ${process.versions.node} is too old and no pinned one is in node_modules.\n` +
        `  Run 'npm ci', or install Node.js ${OLDEST} or newer from https://nodejs.org`,
    );
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, HOMEPBP_LAUNCHED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => fail(`cannot run ${node}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

if (process.features.typescript) {
  // Only between us and the one we re-executed: a launcher below this process starts afresh.
  delete process.env.HOMEPBP_LAUNCHED;
  if (!existsSync(join(home, 'node_modules', 'zod'))) fail(`run 'npm ci' in ${home} first`);
  const { main } = await import('./cli/main.ts');
  await main(process.argv.slice(2));
} else {
  reExecute();
}
