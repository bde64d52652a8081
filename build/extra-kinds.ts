// What kind of user-data a text is, as cloud-init sees it: by how the text starts after any white space, in any case
// (`type_from_starts_with` in cloudinit/handlers/__init__.py).

export interface Problem {
  readonly message: string;
  readonly hint?: string;
}

/** A kind that stands beside our part: its MIME type, and whether it is cloud-config once rendered. */
export interface ExtraKind {
  readonly type: string;
  readonly isConfig: boolean;
}

interface Known extends ExtraKind {
  readonly start: string;
}

const CONFIG: Known = { start: '#cloud-config', type: 'text/cloud-config', isConfig: true };
const SCRIPT: Known = { start: '#!', type: 'text/x-shellscript', isConfig: false };
const BOOTHOOK: Known = {
  start: '#cloud-boothook',
  type: 'text/cloud-boothook',
  isConfig: false,
};
const JINJA = { start: '## template: jinja', type: 'text/jinja2' };

const NO_NESTING = "HomePBP's user-data is an archive already, and cloud-init opens no other in it";
const ONE_FILE = 'put it all into one file that starts with #cloud-config, or #! for a script';

/** Kinds that cloud-init drops beside our part, or that would change it. */
const REFUSED: readonly (readonly [start: string, why: Problem])[] = [
  ['#cloud-config-archive', { message: `is an archive: ${NO_NESTING}`, hint: ONE_FILE }],
  ['content-type:', { message: `is a MIME archive: ${NO_NESTING}`, hint: ONE_FILE }],
  ['mime-version:', { message: `is a MIME archive: ${NO_NESTING}`, hint: ONE_FILE }],
  [
    '#include',
    {
      message: "is a list of URLs, which cloud-init never fetches beside HomePBP's part",
      hint: 'name a file with the contents of those URLs',
    },
  ],
  [
    '#cloud-config-jsonp',
    {
      message: "is a JSON patch, which can undo HomePBP's part",
      hint: 'write it as #cloud-config',
    },
  ],
];

const UNKNOWN: Problem = {
  message: 'does not start with a line that cloud-init recognizes',
  hint: 'the first line must be #cloud-config, or #! for a script',
};

/** The kind of a text, or why it cannot stand beside our part. */
export function kindOf(text: string): ExtraKind | Problem {
  const refused = REFUSED.find(([start]) => startsWith(text, start));
  if (refused !== undefined) return refused[1];
  if (startsWith(text, JINJA.start)) return templateKind(text);
  return [CONFIG, BOOTHOOK, SCRIPT].find(({ start }) => startsWith(text, start)) ?? UNKNOWN;
}

/** The line below `## template: jinja` says what it gives; cloud-init (22.4) renders no other kinds. */
function templateKind(text: string): ExtraKind | Problem {
  const rendered = text.trimStart().replace(/^.*\n?/, '');
  const kind = kindOf(rendered);
  if (!('type' in kind)) return kind;
  if (kind.type === CONFIG.type || kind.type === SCRIPT.type) return { ...kind, type: JINJA.type };
  return {
    message: 'is a template of a kind that cloud-init does not render',
    hint: 'the second line must be #cloud-config, or #! for a script',
  };
}

function startsWith(text: string, start: string): boolean {
  return text.trimStart().slice(0, start.length).toLowerCase() === start;
}
