// What a machine will get.
import { useEffect, useRef, useState } from 'preact/hooks';
import { macWithColons } from '../../contract/mac.ts';
import { NODE_FILES, type NodeFile } from '../../contract/paths.ts';
import { readPreview } from '../data/read-tree.ts';
import { previewLines } from '../model/preview.ts';
import { CopyButton } from './copy-button.tsx';

interface Props {
  readonly name: string;
  readonly macs: readonly string[];
  /** A new value means that the files may have changed. */
  readonly revision: number;
  readonly onClose: () => void;
}

export function PreviewDialog({ name, macs, revision, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [mac, setMac] = useState(macs[0] ?? '');
  const [file, setFile] = useState<NodeFile>('user-data');
  const text = usePreview(mac, file, revision);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="preview" aria-labelledby="preview-title" onClose={onClose}>
      <header class="preview-head">
        <h2 id="preview-title">{name}</h2>
        <form method="dialog">
          <button type="submit" class="button">
            Close
          </button>
        </form>
      </header>
      {macs.length > 1 && (
        <Choice
          label="Network card"
          values={macs}
          chosen={mac}
          onChoose={setMac}
          show={macWithColons}
        />
      )}
      <Choice label="File" values={NODE_FILES} chosen={file} onChoose={setFile} show={String} />
      <FileText text={text} label={`${file} of ${name}`} />
      <footer class="preview-foot">
        <p>The lines of extra_user_data are left out here: they may hold secrets.</p>
        <CopyButton text={text ?? ''} what={file} />
      </footer>
    </dialog>
  );
}

/** The file's text; null until loaded. An error is shown in its place. */
function usePreview(mac: string, file: NodeFile, revision: number): string | null {
  const [read, setRead] = useState({ of: '', text: '' });
  const of = `${mac}/${file}`;
  useEffect(() => {
    let current = true;
    readPreview(mac, file)
      .catch((error: Error) => error.message)
      .then((text) => current && setRead({ of, text }));
    return () => {
      current = false;
    };
  }, [of, revision]);
  return read.of === of ? read.text : null;
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly values: readonly T[];
  readonly chosen: T;
  readonly onChoose: (value: T) => void;
  readonly show: (value: T) => string;
}

function Choice<T extends string>({ label, values, chosen, onChoose, show }: ChoiceProps<T>) {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{label}</legend>
      {values.map((value) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
        >
          {show(value)}
        </button>
      ))}
    </fieldset>
  );
}

function FileText({ text, label }: { text: string | null; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable by keyboard
    <section class="code" tabIndex={0} aria-label={label} aria-busy={text === null}>
      <pre>
        {previewLines(text ?? '').map(({ comment, text: line }) => (
          <span class={comment ? 'line comment' : 'line'}>
            {line}
            {'\n'}
          </span>
        ))}
      </pre>
    </section>
  );
}
