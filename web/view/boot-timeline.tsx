// The stages of a boot: a bar for a glance, and a table for details.
import type { Card, Segment } from '../model/card.ts';
import { PHASES } from '../model/stages.ts';

export function BootTimeline({ card }: { card: Card }) {
  return (
    <ul class="timeline" aria-label={`Boot of ${card.name}`}>
      {PHASES.map(({ name, stages }) => (
        <li key={name} class="phase" style={{ flexGrow: stages.length }}>
          <ul class="phase-stages" aria-label={name}>
            {card.segments
              .filter(({ stage }) => stages.includes(stage))
              .map((segment) => (
                <Stage key={segment.stage} segment={segment} />
              ))}
          </ul>
          <span class="phase-name" aria-hidden="true">
            {name}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Stage({ segment }: { segment: Segment }) {
  const { stage, state, fraction, words, got } = segment;
  const title = [`${stage}: ${words}`, ...(got === '' ? [] : [got])].join(', ');
  return (
    <li class={`stage is-${state}`} data-stage={stage} data-state={state} title={title}>
      <span class="stage-fill" style={{ width: `${100 * fraction}%` }} />
      <span class="visually-hidden">{title}</span>
    </li>
  );
}

export function StageTable({ card }: { card: Card }) {
  return (
    <table class="stages">
      <thead>
        <tr>
          <th scope="col">stage</th>
          <th scope="col">took</th>
          <th scope="col">sent</th>
        </tr>
      </thead>
      <tbody>
        {card.segments.map((segment) => (
          <StageRows key={segment.stage} segment={segment} />
        ))}
      </tbody>
    </table>
  );
}

function StageRows({ segment }: { segment: Segment }) {
  const { stage, state, took, got, message, words } = segment;
  return (
    <>
      <tr class={`is-${state}`}>
        <th scope="row">
          <span class="mark" aria-hidden="true" />
          {stage}
        </th>
        <td>{took === '' || state === 'failed' ? words : took}</td>
        <td>{got}</td>
      </tr>
      {message !== '' && (
        <tr>
          <td colSpan={3} class="message">
            {message}
          </td>
        </tr>
      )}
    </>
  );
}
