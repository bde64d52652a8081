import type { FetchView } from '../../contract/timeline.ts';
import { fetchWords } from '../model/fetching.ts';

/** What Genesis is downloading for the nodes. */
export function Fetching({ fetch }: { fetch: FetchView }) {
  const { headline, detail, fraction } = fetchWords(fetch);
  const failed = fetch.state === 'failed';
  return (
    <section
      class={failed ? 'notice fetching is-failed' : 'notice fetching'}
      aria-label="Fetch"
      data-fetch={fetch.state}
    >
      <p>{headline}</p>
      {!failed && <progress aria-label="Fetched" {...(fraction !== null && { value: fraction })} />}
      {detail !== '' && <p class="hint">{detail}</p>}
    </section>
  );
}
