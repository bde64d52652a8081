// Rendered iPXE scripts are checked as iPXE reads them, from 2019 on.
import { commandOf, isCommand } from './commands.ts';
import { parseCall, splitLine } from './line.ts';

/** x86 kernels truncate their line at COMMAND_LINE_SIZE, 2048 bytes with the NUL. */
const KERNEL_LINE_BYTES = 2047;

/** The problems of a script, one line each. */
export function checkIpxe(text: string): string[] {
  const [first, ...lines] = text.split('\n');
  const labels = new Set(lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1)));
  const faults = first === '#!ipxe' ? [] : ["does not start with '#!ipxe'"];
  if (!text.endsWith('\n')) faults.push('does not end with a newline');
  for (const [index, line] of lines.entries()) {
    const problem = lineProblem(line, labels);
    if (problem !== null) faults.push(`line ${index + 2} ${problem}: ${line}`);
  }
  return faults;
}

function lineProblem(line: string, labels: ReadonlySet<string>): string | null {
  if (/[^\x20-\x7e]/.test(line)) return 'has a character that is not printable ASCII';
  if (line === '' || line.startsWith('#')) return null;
  if (line.startsWith(':')) return /^:\w+$/.test(line) ? null : 'is not a valid label';
  if (line.length > KERNEL_LINE_BYTES) return `is longer than ${KERNEL_LINE_BYTES} bytes`;
  const parts = splitLine(line);
  for (const { words } of parts) {
    const problem = commandProblem(words, labels);
    if (problem !== null) return problem;
  }
  const unsaid = parts.find(({ words }, index) => {
    return mayFail(words[0] ?? '') && !parts.slice(index).some(({ next }) => next === '||');
  });
  return unsaid === undefined ? null : unsaidFailure(unsaid.words[0] ?? '');
}

function commandProblem([name, ...words]: readonly string[], labels: ReadonlySet<string>) {
  if (name === undefined) return null;
  if (!isCommand(name)) return `has the unknown command '${name}'`;
  const { options, first } = parseCall(name, words);
  const unknown = [...options.keys()].find((option) => !commandOf(name).options.has(option));
  if (unknown !== undefined) return `passes ${name} the unknown option '${unknown}'`;
  if (name === 'goto' && !labels.has(first)) return `goes to the missing label '${first}'`;
  return null;
}

function mayFail(name: string): boolean {
  return isCommand(name) && commandOf(name).mayFail;
}

function unsaidFailure(name: string): string {
  const since = isCommand(name) ? commandOf(name).since : undefined;
  const lacks = since === undefined ? '' : ` (iPXE before ${since} does not have ${name})`;
  return `can fail, but has no '|| …' fallback${lacks}`;
}
