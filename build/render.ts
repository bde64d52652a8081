// Templates → text. The only importer of Eta, with its HTML habits turned off.
import { Eta } from 'eta/core';

/** Template texts by their names, such as `nodes/boot.ipxe.eta`. */
export type Templates = ReadonlyMap<string, string>;

export type Render = (name: string, view: object) => string;

/**
 * A renderer over a set of templates. A value that is null or undefined fails the build, so that no
 * machine ever reads the word 'undefined'.
 * @throws {Error} from the returned function, naming template and line
 */
export function makeRender(templates: Templates): Render {
  const eta = new Eta({
    autoEscape: false,
    autoTrim: false,
    autoFilter: true,
    filterFunction: present,
    debug: true,
    varName: 'it',
  });
  for (const [name, text] of templates) eta.loadTemplate(`@${name}`, text);
  return (name, view) => {
    if (!templates.has(name)) throw new Error(`no such template: ${name}`);
    try {
      return eta.render(`@${name}`, { ...view, yaml: yamlScalar });
    } catch (cause) {
      throw new Error(`templates/${name}: ${messages(cause)}`, { cause });
    }
  };
}

/** Eta's error has the line, its cause the reason; includes nest this. */
function messages(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause === undefined ? '' : `: ${messages(error.cause)}`;
  return error.message.trim() + inner;
}

function present(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new TypeError(`a template prints ${value === null ? 'null' : typeof value}`);
}

/**
 * A text as a double-quoted YAML scalar, the same in YAML 1.1 (cloud-init's PyYAML) and 1.2:
 * everything outside printable ASCII is escaped.
 */
export function yamlScalar(text: string): string {
  return JSON.stringify(text).replaceAll(/[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
