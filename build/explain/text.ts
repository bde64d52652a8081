// An explanation as plain text: first what differs by firmware, then what is common.

import { formatBytes } from '../../messages/bytes.ts';
import type { Explanation, FirmwareExplanation } from './explain.ts';
import type { Step } from './steps.ts';

/** Puts a text in a style of util.styleText, or leaves it as it is. */
export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow', text: string) => string;

/** The explanation, each line ending with a newline. */
export function explanationText(explanation: Explanation, paint: Paint): string {
  const { firmwares, kernel_line: kernelLine, afterwards } = explanation;
  const shared = sharedSteps(firmwares);
  const lines = [
    ...headLines(explanation, paint),
    ...firmwares.flatMap((firmware) => firmwareLines(firmware, shared, paint)),
  ];
  if (shared > 0) {
    const [first] = firmwares;
    lines.push('', paint('bold', firmwares.length > 1 ? 'Then, with any firmware' : 'Then'));
    lines.push(...(first?.steps.slice(-shared).map((step) => stepLine(step, paint)) ?? []));
  }
  lines.push(...endLines(firmwares, paint));
  if (kernelLine.length > 0) {
    const width = Math.min(44, Math.max(...kernelLine.map(({ word }) => word.length)));
    lines.push('', paint('bold', 'Kernel line'));
    lines.push(
      ...kernelLine.map(({ word, meaning }) => `  ${word.padEnd(width)}  ${paint('dim', meaning)}`),
    );
  }
  lines.push(
    '',
    paint('bold', 'What the node does next'),
    ...afterwards.map((sentence) => `  ${sentence}`),
  );
  return `${lines.join('\n')}\n`;
}

function headLines(explanation: Explanation, paint: Paint): string[] {
  const { name, mac, macs, arch, role, boot, os, base, tftp } = explanation;
  const others = macs.filter((other) => other !== mac);
  const lines = [
    `${paint('bold', name)} ${mac}: ${arch}, ${role}, boot: ${boot}, os/${os}`,
    `dist/ is at ${base}/, dist/tftp/ at ${tftp}/`,
  ];
  if (others.length > 0) lines.push(`its other cards boot the same way: ${others.join(', ')}`);
  return lines;
}

/** How many steps at the end are the same with every firmware. */
function sharedSteps(firmwares: readonly FirmwareExplanation[]): number {
  const texts = firmwares.map(({ steps }) => steps.map((step) => JSON.stringify(step)));
  const [first = [], ...rest] = texts;
  let count = 0;
  while (
    count < first.length &&
    rest.every((steps) => steps.at(-1 - count) === first.at(-1 - count))
  )
    count += 1;
  return rest.length === 0 ? 0 : count;
}

function firmwareLines(firmware: FirmwareExplanation, shared: number, paint: Paint): string[] {
  const own = firmware.steps.slice(0, firmware.steps.length - shared);
  return ['', paint('bold', firmware.firmware), ...own.map((step) => stepLine(step, paint))];
}

function stepLine({ by, protocol, bytes, path, what, note, found }: Step, paint: Paint): string {
  const size = (bytes === null ? '' : formatBytes(bytes)).padStart(9);
  const remark =
    note === null ? '' : `  ${paint(found ? 'dim' : 'red', found ? `(${note})` : `! ${note}`)}`;
  return `  ${by.padEnd(9)}  ${protocol} ${size}  ${path ?? what}${remark}`;
}

/** How the scripts end and what they print, common parts once. */
function endLines(firmwares: readonly FirmwareExplanation[], paint: Paint): string[] {
  const lines = ['', paint('bold', 'How iPXE ends')];
  for (const [label, pick] of ENDS) {
    const texts = new Set(firmwares.map(pick));
    for (const text of texts) {
      const whose = firmwares.filter((firmware) => pick(firmware) === text);
      const who = texts.size === 1 ? '' : `${whose.map(({ firmware }) => firmware).join(', ')}: `;
      lines.push(`  ${label}${who}${text}`);
    }
  }
  const [first] = firmwares;
  return [...lines, ...(first?.screen.map((line) => paint('dim', `  > ${line}`)) ?? [])];
}

const ENDS: readonly (readonly [string, (firmware: FirmwareExplanation) => string])[] = [
  ['', ({ end }) => end],
  ['if Genesis does not answer: ', ({ if_silent }) => if_silent],
];
