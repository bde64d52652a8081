import type { FoundingView } from '../../contract/timeline.ts';
import type { Connection } from '../model/page.ts';
import { type Count, foundingWords } from '../model/summary.ts';

interface Props {
  readonly cluster: string;
  readonly counts: readonly Count[];
  /** Null without a shim. */
  readonly founding: FoundingView | null;
  readonly connection: Connection;
  readonly now: number;
}

const CONNECTION: Readonly<Record<Connection, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost, reconnecting',
  none: 'no live data',
};

export function PageHeader({ cluster, counts, founding, connection, now }: Props) {
  return (
    <header class="page-head">
      <div>
        <p class="brand">HomePBP</p>
        <h1>{cluster}</h1>
        {founding !== null && <p class="founding">{foundingWords(founding, now)}</p>}
      </div>
      <p class={`connection is-${connection}`} data-connection={connection}>
        <span class="mark" aria-hidden="true" />
        {CONNECTION[connection]}
      </p>
      <ul class="counts" aria-label="Nodes by state">
        {counts.map(({ state, words }) => (
          <li key={state} class={`is-${state}`}>
            {state !== 'plain' && <span class="mark" aria-hidden="true" />}
            {words}
          </li>
        ))}
      </ul>
    </header>
  );
}
