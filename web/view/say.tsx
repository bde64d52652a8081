// Announces sentences to screen readers, politely and batched.
import { useEffect, useState } from 'preact/hooks';

/** Sentences within this time become one message. */
const GATHER_MS = 700;

const heard = new Set<(sentence: string) => void>();

/** Announces a sentence through the mounted <Announcer>. */
export function say(sentence: string) {
  for (const listener of heard) listener(sentence);
}

/** The live region. Always mounted: one that appears together with its text is not read. */
export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    let gathered: string[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listener = (sentence: string) => {
      gathered.push(sentence);
      clearTimeout(timer);
      timer = setTimeout(() => {
        setText(gathered.slice(-5).join(' '));
        gathered = [];
      }, GATHER_MS);
    };
    heard.add(listener);
    return () => {
      heard.delete(listener);
      clearTimeout(timer);
    };
  }, []);
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}
