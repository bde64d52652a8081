// A demo that is ended in its middle leaves nothing behind: on Ctrl-C at once, after SIGKILL once the next one starts.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOMEPBP } from '../genesis.ts';
import { type Running, runProgram, startProgram } from '../program.ts';
import { RUN_PREFIX, type Scene } from '../scene.ts';

/** Seconds until a demo has made its network and the root that the machines boot. */
const BEGUN = 300;

export async function demoEnds(scene: Scene): Promise<number> {
  const folder = join(scene.scratch, 'demo');
  const whole = await startDemo(scene, folder, /blank machines switched on/);
  assert.ok((await leftOf(whole, folder)).length >= 4, 'the test sees what there is');
  const begun = performance.now();
  await interrupt(whole);
  const seconds = (performance.now() - begun) / 1000;
  assert.deepEqual(await leftOf(whole, folder), []);

  const killed = await startDemo(scene, folder, /blank machines switched on/);
  process.kill(killed.pid, 'SIGKILL');
  await killed.exited;
  assert.ok((await leftOf(killed, folder)).length >= 4, 'SIGKILL leaves everything');

  const next = await startDemo(scene, folder, /building/);
  assert.deepEqual(await leftOf(killed, null), []);
  await interrupt(next);
  assert.deepEqual(await leftOf(next, folder), []);
  return seconds;
}

/** Starts one without a launcher in between, so that its process is the one that gets signals. */
async function startDemo(scene: Scene, folder: string, begun: RegExp): Promise<Running> {
  const flags = ['--machines', '1', '--port', '0', '--emulate', '--folder', folder];
  const words = [process.execPath, `${HOMEPBP}.mjs`, 'demo', ...flags, '--media', folder];
  const demo = startProgram('demo', words, join(scene.logs, 'demo.log'));
  scene.defer(() => demo.stop());
  await demo.said.waitFor(begun, BEGUN);
  return demo;
}

/** Twice, as the terminal and the launcher do. */
async function interrupt(demo: Running): Promise<void> {
  for (let times = 0; times < 2; times += 1) process.kill(demo.pid, 'SIGINT');
  await demo.exited;
}

/** What there is of a demo: namespaces, mounts, processes, files. @param folder null: it is another's by now */
async function leftOf({ pid }: Running, folder: string | null): Promise<string[]> {
  const name = `${RUN_PREFIX}${pid}`;
  const namespaces = (await runProgram(['ip', 'netns', 'list'])).split('\n');
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n');
  const files = (await readdir(tmpdir())).filter((file) => file.startsWith(`${name}-`));
  const mine = (lines: readonly string[]) => lines.filter((line) => line.includes(name));
  const programs = await processesWith(folder === null ? [name] : [name, folder]);
  const kept = folder !== null && existsSync(folder) ? [folder] : [];
  return [...mine(namespaces), ...mine(mounts), ...programs, ...files, ...kept];
}

async function processesWith(words: readonly string[]): Promise<string[]> {
  const lines = (await runProgram(['ps', '-eo', 'pid=,stat=,args='])).split('\n');
  const live = lines.filter((line) => !/^ *\d+ +Z/.test(line));
  return live.filter((line) => words.some((word) => line.includes(word)));
}
