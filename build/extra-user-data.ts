// `extra_user_data`: the user's own cloud-init part, merged by cloud-init's rules and checked for
// anything that would undo ours.
import { posix } from 'node:path';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { kindOf, type Problem } from './extra-kinds.ts';
import { suspectsIn } from './extra-secrets.ts';
import type { Fault } from './faults.ts';
import type { Inventory } from './inventory.ts';
import { resolvePath } from './paths.ts';
import type { ReadText } from './read-text.ts';
import type { Path } from './yaml-path.ts';

export interface ExtraUserData {
  /** MIME type by which cloud-init picks a handler. */
  readonly type: string;
  readonly text: string;
  /** Cloud-config without merge rules: it gets rules that keep both parts. */
  readonly needsMergeRules: boolean;
}

/** Single-valued keys of our user-data: a second value cannot be merged. */
const OUR_SCALARS = ['hostname', 'fqdn', 'manage_etc_hosts', 'ssh_pwauth', 'disable_root'];
/** Keys of ours that are lists, to which another part may append. */
const OUR_LISTS = ['users', 'ssh_authorized_keys', 'write_files'];

export interface NodeExtras {
  /** For each entry of `nodes:`, in its order. */
  readonly byNode: readonly (ExtraUserData | null)[];
  readonly faults: readonly Fault[];
  /** What looks like a secret. */
  readonly warnings: readonly Fault[];
}

/**
 * Reads the files that `extra_user_data` of nodes and defaults name.
 * @param folder what relative paths in the inventory are relative to
 */
export function resolveExtras(
  { document, offsetOf }: Inventory,
  folder: string,
  home: string,
  readText: ReadText,
): NodeExtras {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const known = new Map<string, ExtraUserData | null>();
  const resolve = (reference: string, path: Path): ExtraUserData | null => {
    const file = resolvePath(reference, folder, home);
    const before = known.get(file);
    if (before !== undefined) return before;
    const { extra, problems } = readExtra(file, readText);
    const offset = offsetOf(path);
    for (const problem of problems) faults.push({ offset, ...problem });
    if (extra !== null)
      for (const one of suspicions(file, extra)) warnings.push({ offset, ...one });
    known.set(file, extra);
    return extra;
  };
  const byNode = document.nodes.map(({ extra_user_data: reference, places }) =>
    reference === null ? null : resolve(reference, places.extra_user_data),
  );
  return { byNode, faults, warnings };
}

/** Lines of one file that are named; the rest is a number. */
const MAX_NAMED = 8;

function suspicions(file: string, { text }: ExtraUserData): Problem[] {
  const suspects = suspectsIn(text);
  const named = suspects
    .slice(0, MAX_NAMED)
    .map(({ line, what }) => ({ message: `${file}:${line} looks like ${what}`, hint: INSTEAD }));
  const more = suspects.length - named.length;
  return more === 0 ? named : [...named, { message: `${file}: ${more} more such lines` }];
}

const INSTEAD =
  'user-data crosses the network unencrypted: put it on the node over ssh, or into a Secret of the cluster; ' +
  'hashes of passwords and public keys are fine, and k3s gets its tokens by itself';

function readExtra(
  file: string,
  readText: ReadText,
): { extra: ExtraUserData | null; problems: Problem[] } {
  const read = readText(file);
  if (read === null)
    return failed({ message: `${file} cannot be read`, hint: 'paths are relative to nodes.yaml' });
  // Windows' editors write a byte order mark, with which cloud-init recognizes nothing.
  const text = read.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const kind = kindOf(text);
  if (!('type' in kind)) return failed({ ...kind, message: `${file} ${kind.message}` });
  // Includes line breaks that only YAML 1.1, as cloud-init reads it, recognizes.
  if (/(?![\t\n])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff]/u.test(text)) {
    return failed({ message: `${file} contains control characters` });
  }
  const { type } = kind;
  if (!kind.isConfig) return { extra: { type, text, needsMergeRules: false }, problems: [] };
  return type === 'text/cloud-config'
    ? readCloudConfig(file, text)
    : readTemplate(file, type, text);
}

function failed(problem: Problem) {
  return { extra: null, problems: [problem] };
}

function readCloudConfig(file: string, text: string) {
  const { value, fault } = parseYaml(text);
  if (fault !== null) return failed({ message: `${file} is not valid YAML: ${fault}` });
  if (!isMapping(value)) return failed({ message: `${file} is not a YAML mapping` });
  const ownRules = 'merge_how' in value || 'merge_type' in value;
  const problems = clashes(file, value, ownRules);
  return { extra: { type: 'text/cloud-config', text, needsMergeRules: !ownRules }, problems };
}

/** A template of cloud-config: only a node can render it, so it is checked as far as it parses without that. */
function readTemplate(file: string, type: string, text: string) {
  const bare = text.replaceAll(/\{%.*?%\}|\{#.*?#\}/gs, '').replaceAll(/\{\{.*?\}\}/gs, 'x');
  const { value } = parseYaml(bare);
  const problems = clashes(file, isMapping(value) ? value : {}, false);
  if (/^[ \t{"']*merge_(how|type)\b/m.test(text)) {
    const message = `${file} is a template with its own merge rules, which may drop HomePBP's entries`;
    problems.push({ message, hint: DEFAULT_RULES });
  }
  return { extra: { type, text, needsMergeRules: true }, problems };
}

const DEFAULT_RULES = "remove 'merge_how': without it, lists are appended";

/** As cloud-init's parser, which is of YAML 1.1, reads it. */
function parseYaml(text: string): { value: unknown; fault: string | null } {
  try {
    return { value: load(text, { schema: YAML11_SCHEMA }) ?? {}, fault: null };
  } catch (error) {
    const fault = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    return { value: null, fault: fault ?? '' };
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function clashes(
  file: string,
  value: Readonly<Record<string, unknown>>,
  ownRules: boolean,
): Problem[] {
  const scalars = OUR_SCALARS.filter((key) => key in value).map((key) => ({
    message: `${file} sets '${key}', which HomePBP sets itself`,
    hint: 'remove it there and use the keys of nodes.yaml',
  }));
  const lists = OUR_LISTS.filter((key) => ownRules && key in value).map((key) => ({
    message: `${file} sets '${key}' with its own merge rules, which may drop HomePBP's entries`,
    hint: DEFAULT_RULES,
  }));
  return [...scalars, ...lists, ...writtenOver(file, value.write_files)];
}

function writtenOver(file: string, entries: unknown): Problem[] {
  if (!Array.isArray(entries)) return [];
  const paths = entries.map((entry: unknown) => String((entry as { path?: unknown } | null)?.path));
  return paths
    .filter((path) => posix.normalize(path).startsWith('/etc/homepbp/'))
    .map((path) => ({ message: `${file} writes ${path}, which belongs to HomePBP` }));
}
