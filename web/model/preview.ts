// A rendered file for reading: comments stand back, what was masked stands out.

/** As the build puts it in place of every secret. */
const MASKED = '********';

export interface PreviewLine {
  readonly comment: boolean;
  /** Every second part is a masked secret. */
  readonly parts: readonly string[];
}

/** The lines of a file of preview/. */
export function previewLines(text: string): PreviewLine[] {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => ({
    comment: /^\s*#/.test(line) && !/^#(!|cloud-config)/.test(line),
    parts: line.split(MASKED).flatMap((part, index) => (index === 0 ? [part] : [MASKED, part])),
  }));
}
