// A real boot as the page sees it: GET /api/nodes and the event stream of the real shim, from the
// firmware's first file to the system's own word that cloud-init is done.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseJson } from '../../../contract/parse.ts';
import {
  EVENT_SCHEMAS,
  type NodeView,
  STAGES,
  type TimelineView,
  timelineSchema,
} from '../../../contract/timeline.ts';
import { awaitGuest } from '../boot.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { HTTP_PORT, NODE } from '../inventory.ts';
import { GENESIS, openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { runProgram, startProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

const API = `http://${GENESIS}:${HTTP_PORT}/api`;
/** What every node over the network goes through, cluster or not. */
const SEEN = STAGES.slice(0, STAGES.indexOf('seed') + 1);

export async function timeline(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  const said = await serveDist(scene, lan, dist);
  const curl = lan.inside(['curl', '--silent', '--no-buffer', `${API}/events`]);
  const page = startProgram('page', curl, join(scene.logs, 'events.log'));
  scene.defer(() => page.stop());
  await page.said.waitFor(/event: timeline/, 10);
  await startDhcp(scene, lan);
  const machine = await powerOn(scene, lan, { firmware: 'uefi', mac: NODE.mac });
  const seconds = await awaitGuest(scene, machine);
  await said.waitFor(new RegExp(`${NODE.name} node seed message="the root is ready`), 1);
  const text = await runProgram(lan.inside(['curl', '--silent', '--fail', `${API}/nodes`]));
  const view: TimelineView = parseJson(timelineSchema, text);
  checkView(view);
  checkEvents(page.said.text);
  process.stdout.write(`${table(view.nodes[0])}\n`);
  return seconds;
}

function checkView({ nodes, unknown }: TimelineView) {
  const [node] = nodes;
  assert.deepEqual([nodes.length, unknown, node?.name], [1, [], NODE.name]);
  const stages = SEEN.map((stage) => ({ stage, ...node?.stages[stage] }));
  for (const { stage, state } of stages) assert.equal(state, 'done', stage);
  const starts = stages.map(({ started }) => started ?? 0);
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => a - b),
  );
  for (const { stage, bytes, totalBytes } of stages) {
    assert.ok((bytes ?? 0) > 0 && bytes === totalBytes, `${stage}: ${bytes} of ${totalBytes}`);
  }
  assert.equal(node?.stages.root?.message, 'the network is up');
}

/** The page was told of each stage, and of a download while it ran. */
function checkEvents(text: string) {
  const told = [...text.matchAll(/^event: node\ndata: (.*)$/gm)].map(
    ([, data = '']): NodeView => parseJson(EVENT_SCHEMAS.node, data),
  );
  const reached = told.flatMap(({ stages }) => Object.keys(stages));
  assert.deepEqual(
    STAGES.filter((stage) => SEEN.includes(stage) && !reached.includes(stage)),
    [],
    'stages that the page never heard of',
  );
  const partial = told.some(({ stages }) =>
    Object.values(stages).some(
      ({ state, bytes, totalBytes }) =>
        state === 'running' && bytes > 0 && bytes < (totalBytes ?? 0),
    ),
  );
  assert.ok(partial, 'no download was seen while it ran');
}

function table(node: NodeView | undefined): string {
  const from = node?.booted ?? 0;
  const second = (time: number | null | undefined) =>
    time == null ? '-' : ((time - from) / 1000).toFixed(1);
  return Object.entries(node?.stages ?? {})
    .map(([stage, { state, started, ended, bytes, message = '' }]) =>
      [`  ${stage}`, state, second(started), second(ended), bytes, message].join('\t'),
    )
    .join('\n');
}
