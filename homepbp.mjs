#!/usr/bin/env node
// The launcher: plain JavaScript that any Node.js since 14.8 can parse, because its work is to
// find one that runs TypeScript directly (22.18 or newer) and hand over to cli/main.ts.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = '22.18';
const home = dirname(fileURLToPath(import.meta.url));
const current = `Node.js ${process.versions.node}`;

/** A flag makes older ones run TypeScript too, but not all of ours. */
function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * The binary of the one platform package that npm installed from package.json's
 * optionalDependencies, or null. Not node_modules/.bin/node: npm 10 makes no such link.
 */
function pinnedNode() {
  const modules = join(home, 'node_modules');
  if (!existsSync(modules)) return null;
  // By platform: node_modules may be copied from another kind of machine.
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

/** @param reason why no Node.js that is here will do */
function failWithoutNode(reason) {
  fail(
    `${reason}.\n` +
      `  Run 'npm ci' in ${home}, or install Node.js ${OLDEST} or newer from https://nodejs.org`,
  );
}

/** Runs this launcher again under the pinned Node.js; signals and the exit status pass through. */
function reExecute() {
  const node = pinnedNode();
  if (node === null) failWithoutNode(`${current} is too old and no pinned one is in node_modules`);
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
  // Only between us and the one we re-executed: a launcher below this process starts afresh.
  delete process.env.HOMEPBP_LAUNCHED;
  if (!existsSync(join(home, 'node_modules', 'zod'))) fail(`run 'npm ci' in ${home} first`);
  const { main } = await import('./cli/main.ts');
  await main(process.argv.slice(2));
} else if (process.env.HOMEPBP_LAUNCHED === '1') {
  fail(`${current} does not run TypeScript here; NODE_OPTIONS is '${process.env.NODE_OPTIONS}'`);
} else {
  reExecute();
}
