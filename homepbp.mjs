#!/usr/bin/env node
// The launcher: plain JavaScript that any Node.js since 14.8 can parse, because its job is to
// find one that runs TypeScript directly (22.18 or newer) and hand over to cli/main.ts.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { Socket } from 'node:net';
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

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const NOBODY = 65534;
/** The child's file descriptor for the signals of a parent that may not send any. */
const PIPE = 3;
const BY_PIPE = 'signals by pipe';

/**
 * Becomes who called sudo, or nobody. Only the child needs root, and gives it up once it has its ports:
 * then no process of ours may remain root.
 */
function dropRoot() {
  const callerOr = (id, other) => (/^[1-9]\d*$/.test(id || '') ? Number(id) : other);
  const { SUDO_UID, SUDO_GID } = process.env;
  try {
    process.setgroups([]);
    process.setgid(callerOr(SUDO_GID, NOBODY));
    process.setuid(callerOr(SUDO_UID, NOBODY));
  } catch {
    // In a container, root may not be allowed to become anyone else; the child says so where it matters.
  }
}

/** Sends the signals that come through the pipe to this process. */
function takeSignals() {
  const pipe = new Socket({ fd: PIPE, readable: true, writable: false });
  pipe.on('error', () => {});
  pipe.on('data', (chunk) => {
    for (const signal of String(chunk).split('\n')) {
      if (SIGNALS.includes(signal)) process.kill(process.pid, signal);
    }
  });
  pipe.unref();
}

/** Runs this launcher again under the pinned Node.js; passing signals and the exit status through. */
function reExecute() {
  const node = pinnedNode();
  if (node === null) failWithoutNode(`${current} is too old and node_modules has no pinned one`);
  const isRoot = process.geteuid !== undefined && process.geteuid() === 0;
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', ...(isRoot ? ['pipe'] : [])],
    env: { ...process.env, HOMEPBP_LAUNCHED: isRoot ? BY_PIPE : '1' },
  });
  for (const signal of SIGNALS) {
    process.on(signal, () =>
      isRoot ? child.stdio[PIPE].write(`${signal}\n`) : child.kill(signal),
    );
  }
  if (isRoot) {
    // The child may be gone already.
    child.stdio[PIPE].on('error', () => {});
    dropRoot();
  }
  child.on('error', (error) =>
    failWithoutNode(`${current} is too old and ${node} does not run here (${error.code})`),
  );
  child.on('exit', (code, signal) =>
    process.exit(code === null ? 128 + constants.signals[signal] : code),
  );
}

if (process.features.typescript && isNewEnough()) {
  if (process.env.HOMEPBP_LAUNCHED === BY_PIPE) takeSignals();
  // Meant only for the launcher that we re-executed: one below this process starts fresh.
  delete process.env.HOMEPBP_LAUNCHED;
  if (!existsSync(join(home, 'node_modules', 'zod'))) fail(`run 'npm ci' in ${home} first`);
  const { main } = await import('./cli/main.ts');
  await main(process.argv.slice(2));
} else if (process.env.HOMEPBP_LAUNCHED !== undefined) {
  fail(`${current} does not run TypeScript here; NODE_OPTIONS is '${process.env.NODE_OPTIONS}'`);
} else {
  reExecute();
}
