import { useState } from 'preact/hooks';
import { copyText } from '../data/copy.ts';
import { say } from './say.tsx';

const SHOWN_MS = 2000;

/** Copies text to the clipboard. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [label, setLabel] = useState('Copy');
  const copy = async () => {
    const done = await copyText(text);
    const outcome = done ? 'Copied' : 'Copy failed';
    setLabel(outcome);
    say(done ? `${what} copied.` : 'The browser blocked copying: select the text instead.');
    setTimeout(() => setLabel('Copy'), SHOWN_MS);
  };
  return (
    <button type="button" class="button" aria-label={`${label} ${what}`} onClick={copy}>
      {label}
    </button>
  );
}
