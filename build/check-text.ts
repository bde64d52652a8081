// Rendered text is read again before it is written: what a machine cannot parse never reaches dist/.
import { load } from 'js-yaml';

/** What is wrong with a rendered file, in one line each; empty when nothing is. */
export type TextCheck = (text: string) => string[];

/** The check for an output path; null for files that have no syntax of their own. */
export function textCheckFor(path: string): TextCheck | null {
  if (path.endsWith('.ipxe')) return checkIpxe;
  if (/\/(user|vendor)-data$/.test(path)) return checkCloudConfig;
  if (/\/(meta-data|network-config)$/.test(path)) return checkYamlMapping;
  return null;
}

function checkYamlMapping(text: string): string[] {
  try {
    const value = load(text);
    const mapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    return mapping ? [] : ['is no YAML mapping'];
  } catch (error) {
    return [`is no YAML: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** cloud-init knows a part by its first line; anything else there is silently ignored. */
function checkCloudConfig(text: string): string[] {
  if (text.startsWith('#cloud-config-archive\n')) return checkArchive(text);
  const header = text.startsWith('#cloud-config\n') ? [] : ["does not start with '#cloud-config'"];
  return [...header, ...checkYamlMapping(text)];
}

/** A list of parts with a type and a content each. */
function checkArchive(text: string): string[] {
  const parts = load(text) as { type?: string; content?: string }[];
  return parts.flatMap(({ type, content = '' }) =>
    type === 'text/cloud-config' ? checkCloudConfig(content) : [],
  );
}

/** The commands that every iPXE build from 2019 on has, as far as our scripts use them. */
const COMMANDS = new Set([
  ...['boot', 'chain', 'dhcp', 'echo', 'exit', 'goto', 'imgexec', 'imgfetch', 'imgfree'],
  ...['inc', 'initrd', 'iseq', 'isset', 'kernel', 'sanboot', 'set', 'sleep'],
]);

/** A failure of these ends the script at once, unless the line says what then. */
const MAY_FAIL = new Set([
  'boot',
  'chain',
  'dhcp',
  'imgexec',
  'imgfetch',
  'imgfree',
  'initrd',
  'iseq',
  'isset',
  'kernel',
  'sanboot',
]);

/** x86 kernels cut their line at COMMAND_LINE_SIZE, 2048 bytes with the NUL. */
const KERNEL_LINE_BYTES = 2047;

function checkIpxe(text: string): string[] {
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
  if (line.startsWith(':')) return /^:\w+$/.test(line) ? null : 'is no label';
  if (line.length > KERNEL_LINE_BYTES) return `is longer than ${KERNEL_LINE_BYTES} bytes`;
  const commands = line.split(/ (?:\|\||&&)(?: |$)/).filter((command) => command !== '');
  for (const command of commands) {
    const [name = '', argument] = command.split(' ');
    if (!COMMANDS.has(name)) return `has an unknown command '${name}'`;
    if (name === 'goto' && !labels.has(argument ?? '')) return `goes to no label '${argument}'`;
  }
  const [name = ''] = line.split(' ', 1);
  if (MAY_FAIL.has(name) && !line.includes(' ||')) return 'may fail without saying what then';
  return null;
}
