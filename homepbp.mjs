#!/usr/bin/env node
// The launcher: plain JavaScript that any Node.js since 14.8 can parse, because its job is to
// find one that runs TypeScript directly (22.18 or newer) and hand over to cli/main.ts.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = '22.18';
const home = dirname(fileURLToPath(import.meta.url));
const current = `Node.js ${process.versions.node}`;

/** Older ones need a flag to run TypeScript, and cannot run all of ours. */
function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * The binary of the one platform package that npm installed from package.json's
 * optionalDependencies, or null. Not node_modules/.bin/node: npm 10 does not create it.
 */
function pinnedNode() {
  const modules = join(home, 'node_modules');
  if (!existsSync(modules)) return null;
  // By platform: node_modules may have been copied from another kind of machine.
  const platform = `${process.platform}-${process.arch}`;
  const packages = readdirSync(modules).filter((name) => /^node-(bin-)?/.test(name));
  const ours = packages.filter((name) => name.replace(/^node-(bin-)?/, '') === platform);
  const binaries = ours.map((name) => join(modules, name, 'bin', 'node'));
  return binaries.find((path) => existsSync(path)) || null;
}

function fail(message) {
  process.stderr.write(`homepbp: ${message}\n`);
  process.exit(1);
}

/** @param reason why none of the installed Node.js versions will do */
function failWithoutNode(reason) {
  fail(
    `${reason}.\n` +
      `  Run 'npm ci' in ${home}, or install Node.js ${OLDEST} or newer from https://nodejs.org`,
  );
}

/** Runs this launcher again under the pinned Node.js; passing signals and the exit status through. */
function reExecute() {
  const node = pinnedNode();
  if (node === null) failWithoutNode(`${current} is too old and node_modules has no pinned one`);
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, HOMEPBP_LAUNCHED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) =>
    failWithoutNode(`${current} is too old and ${node} does not run here (${error.code})`),
  );
  child.on('exit', (code, signal) =>
    process.exit(code === null ? 128 + constants.signals[signal] : code),
  );
}

if (process.features.typescript && isNewEnough()) {
  // Meant only for the launcher that we re-executed: one below this process starts fresh.
  delete process.env.HOMEPBP_LAUNCHED;
  if (!existsSync(join(home, 'node_modules', 'zod'))) fail(`run 'npm ci' in ${home} first`);
  const { main } = await import('./cli/main.ts');
  await main(process.argv.slice(2));
} else if (process.env.HOMEPBP_LAUNCHED === '1') {
  fail(`${current} does not run TypeScript here; NODE_OPTIONS is '${process.env.NODE_OPTIONS}'`);
} else {
  reExecute();
}
