// The page: events → state → view.
import { render } from 'preact';
import { followEvents } from './data/event-stream.ts';
import { readTree } from './data/read-tree.ts';
import { announce } from './model/announce.ts';
import { FIRST_STATE, hear, isRebuilt, type PageState } from './model/page.ts';
import type { StreamEvent } from './model/timeline.ts';
import './style/page.css';
import { Page } from './view/page.tsx';
import { say } from './view/say.tsx';

/** Times on the page advance between events. */
const TICK_MS = 1000;

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element with the id page');

let state: PageState = FIRST_STATE;
let drawn = false;

function change(part: Partial<PageState>) {
  state = { ...state, ...part };
  if (!drawn) requestAnimationFrame(draw);
  drawn = true;
}

function draw() {
  drawn = false;
  if (root !== null) render(<Page state={state} now={Date.now() + state.clockOffset} />, root);
}

async function reread() {
  try {
    const tree = await readTree();
    document.title = `${tree.inventory.cluster} · HomePBP`;
    change({ tree, fault: null, revision: state.revision + 1 });
  } catch (error) {
    change({ fault: (error as Error).message });
  }
}

function onEvent(event: StreamEvent) {
  if (isRebuilt(state, event)) void reread();
  const next = hear(state, event, Date.now());
  for (const sentence of announce(state.timeline, next.timeline)) say(sentence);
  change(next);
}

draw();
void reread();
followEvents({
  onEvent,
  onFault: (fault) => change({ fault }),
  onConnection: (connection) => change({ connection }),
});
setInterval(() => {
  if (!document.hidden && state.timeline !== null) change({});
}, TICK_MS);

// `./homepbp dev` has generated the tree again, so the error in Vite's overlay is fixed.
import.meta.hot?.on('homepbp:generated', () => {
  document.querySelector('vite-error-overlay')?.remove();
  void reread();
});
