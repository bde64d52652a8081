// A rendered file for reading: comments are dimmed, masked secrets highlighted.

import { MASK } from '../../contract/mask.ts';

export interface PreviewLine {
  readonly comment: boolean;
  /** Every second part is a masked secret. */
  readonly parts: readonly string[];
}

/** The lines of a file in preview/. */
export function previewLines(text: string): PreviewLine[] {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => ({
    comment: /^\s*#/.test(line) && !/^#(!|cloud-config)/.test(line),
    parts: line.split(MASK).flatMap((part, index) => (index === 0 ? [part] : [MASK, part])),
  }));
}
