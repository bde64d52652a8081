import { useMemo } from 'preact/hooks';
import type { Card } from '../model/card.ts';
import { BootTimeline, StageTable } from './boot-timeline.tsx';
import { CopyButton } from './copy-button.tsx';

interface Props {
  readonly card: Card;
  /** Opens the rendered files of a node; must be the same function at each render. */
  readonly onOpen: (name: string) => void;
}

/** Rendered again only when its content changes: a page of 500 nodes ticks every second. */
export function NodeCard({ card, onOpen }: Props) {
  const says = JSON.stringify(card);
  return useMemo(() => <Drawn card={card} onOpen={onOpen} />, [says, onOpen]);
}

function Drawn({ card, onOpen }: Props) {
  const { name, state, headline, facts, detail, took } = card;
  const id = `node-${name}`;
  return (
    <article class={`card is-${state}`} aria-labelledby={id} data-node={name} data-state={state}>
      <header class="card-head">
        <h3 id={id}>{name}</h3>
        {headline !== '' && (
          <p class="headline">
            <span class="mark" aria-hidden="true" />
            {headline}
          </p>
        )}
      </header>
      <ul class="facts" aria-label="Facts">
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      {state !== 'plain' && <BootTimeline card={card} />}
      {(detail !== '' || took !== '') && (
        <p class="detail">
          <span>{detail}</span>
          {took !== '' && <span class="took">{took}</span>}
        </p>
      )}
      <Problem card={card} />
      <Refused card={card} />
      <Foot card={card} onOpen={onOpen} />
    </article>
  );
}

function Problem({ card: { problem } }: Pick<Props, 'card'>) {
  if (problem === null) return null;
  return (
    <div class="problem">
      <p>{problem.what}</p>
      {problem.hint !== '' && <p class="hint">{problem.hint}</p>}
    </div>
  );
}

/** Red, whatever state the node is in: nothing else shows that a stranger may be using its name. */
function Refused({ card: { name, refusal } }: Pick<Props, 'card'>) {
  if (refusal === null) return null;
  const { what, hint, command } = refusal;
  return (
    <div class="problem refused is-failed">
      <p>{what}</p>
      <p class="hint">{hint}</p>
      <div class="entry">
        <code>{command}</code>
        <CopyButton text={`${command}\n`} what={`the command for ${name}`} />
      </div>
    </div>
  );
}

function Foot({ card, onOpen }: Props) {
  const { name, state, key } = card;
  return (
    <footer class="card-foot">
      {state !== 'plain' && state !== 'unseen' && (
        <details class="more">
          <summary aria-label={`Stages of ${name}`}>Stages</summary>
          <StageTable card={card} />
          {key !== '' && <p class="key">{key}</p>}
        </details>
      )}
      <button
        type="button"
        class="button"
        aria-label={`Files of ${name}`}
        onClick={() => onOpen(name)}
      >
        Files
      </button>
    </footer>
  );
}
