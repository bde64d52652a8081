// A rendered file for reading: comments are dimmed.

export interface PreviewLine {
  readonly comment: boolean;
  readonly text: string;
}

/** The lines of a file in preview/. */
export function previewLines(text: string): PreviewLine[] {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => ({
    comment: /^\s*#/.test(line) && !/^#(!|cloud-config)/.test(line),
    text: line,
  }));
}
