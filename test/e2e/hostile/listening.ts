// Listening while three nodes enrol and found, at a port of the switch that gets every frame.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAttack } from './attacker.ts';
import { framesOf, holds, streamsOf } from './capture.ts';
import type { HostileLan } from './lan.ts';

export interface Listener {
  /** Ends it. @returns everything that was said, as frames and as streams */
  stop(): Promise<Heard>;
}

export interface Heard {
  readonly frames: readonly Buffer[];
  readonly streams: readonly Buffer[];
}

export async function listen(lan: HostileLan): Promise<Listener> {
  const file = join(lan.scene.scratch, 'heard');
  const running = await startAttack(
    lan.scene,
    lan.network.lan.namespace,
    ['listen.py', file],
    /listening/,
  );
  return {
    async stop() {
      await running.stop();
      const frames = framesOf(await readFile(file));
      return { frames, streams: streamsOf(frames) };
    },
  };
}

/** No secret in any spelling, although all else was heard: requests, answers, what peers say. */
export async function assertHeardNoSecrets(lan: HostileLan, heard: Heard): Promise<string> {
  const places = [...heard.frames, ...heard.streams];
  const has = (text: string) => places.some((place) => place.includes(text));
  for (const text of [
    'POST /api/enroll ',
    '"sealed"',
    'BEGIN PUBLIC KEY',
    '"kind":"hello"',
    '"standing":"founding"',
  ]) {
    assert.ok(has(text), `the listener did not even hear ${text}`);
  }
  for (const [name, secret] of await lan.secrets()) {
    assert.ok(!holds(places, secret), `the listener heard the ${name}`);
  }
  for (const text of ['"peer_key"', '"agent_token"', '"node_password"']) {
    assert.ok(!has(text), `the listener heard the plain text of sealed secrets: ${text}`);
  }
  return `listening: ${heard.frames.length} frames, ${heard.streams.length} streams, no secret`;
}
