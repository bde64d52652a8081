import { useState } from 'preact/hooks';
import { cardsOf, type PageState } from '../model/page.ts';
import { noNodesWords, summarize } from '../model/summary.ts';
import { Fetching } from './fetching.tsx';
import { MediaList } from './media-list.tsx';
import { NodeCard } from './node-card.tsx';
import { PageHeader } from './page-header.tsx';
import { PreviewDialog } from './preview-dialog.tsx';
import { Announcer } from './say.tsx';
import { UnknownMachines } from './unknown-machines.tsx';

/** @param now by Genesis' clock, ms */
export function Page({ state, now }: { state: PageState; now: number }) {
  const [opened, setOpened] = useState<string | null>(null);
  const { tree, timeline, connection, revision, fault } = state;
  if (tree === null) return <Waiting fault={fault} />;
  const { inventory, manifest } = tree;
  const cards = cardsOf(state, now);
  const shown = cards.find(({ name }) => name === opened);
  return (
    <>
      <PageHeader
        cluster={inventory.cluster}
        counts={summarize(cards)}
        founding={timeline?.founding ?? null}
        connection={connection}
        now={now}
      />
      <main>
        {fault !== null && <p class="notice is-failed">{fault}</p>}
        {connection === 'none' && <NoShim />}
        {timeline?.fetch !== undefined && <Fetching fetch={timeline.fetch} />}
        <UnknownMachines machines={timeline?.unknown ?? []} inventory={inventory} now={now} />
        <section aria-labelledby="nodes">
          <h2 id="nodes">Nodes</h2>
          {cards.length === 0 && <p class="lead">{noNodesWords(connection)}</p>}
          <div class="cards">
            {cards.map((card) => (
              <NodeCard key={card.name} card={card} onOpen={setOpened} />
            ))}
          </div>
        </section>
        <MediaList manifest={manifest} />
      </main>
      {shown !== undefined && (
        <PreviewDialog
          name={shown.name}
          macs={shown.macs}
          revision={revision}
          onClose={() => setOpened(null)}
        />
      )}
      <Announcer />
    </>
  );
}

function Waiting({ fault }: { fault: string | null }) {
  return (
    <main class="waiting">
      <h1>HomePBP</h1>
      {fault === null ? <p>Loading the inventory …</p> : <p role="alert">{fault}</p>}
    </main>
  );
}

function NoShim() {
  return (
    <p class="notice">
      This server only hands out files. To watch machines boot, serve with{' '}
      <code>./homepbp serve</code>.
    </p>
  );
}
