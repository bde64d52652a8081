// Rendered text is parsed before it is written: what a machine cannot parse never reaches dist/.
import { load, YAML11_SCHEMA } from 'js-yaml';
import { checkIpxe } from './ipxe/check.ts';

/** The problems of a rendered file, one line each. */
export type TextCheck = (text: string) => string[];

/** The check for an output path; null for files without a syntax. */
export function textCheckFor(path: string): TextCheck | null {
  if (path.endsWith('.ipxe')) return checkIpxe;
  if (/\/(user|vendor)-data$/.test(path)) return checkCloudConfig;
  if (/\/(meta-data|network-config)$/.test(path)) return checkYamlMapping;
  return null;
}

function checkYamlMapping(text: string): string[] {
  try {
    // As cloud-init reads it.
    const value = load(text, { schema: YAML11_SCHEMA });
    const mapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    return mapping ? [] : ['is not a YAML mapping'];
  } catch (error) {
    return [`is not valid YAML: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** cloud-init recognizes a part by its first line and silently ignores others. */
function checkCloudConfig(text: string): string[] {
  if (text.startsWith('#cloud-config-archive\n')) return checkArchive(text);
  const header = /^#cloud-config(?!-)/i.test(text) ? [] : ["does not start with '#cloud-config'"];
  return [...header, ...checkYamlMapping(text)];
}

/** A list of parts with a type and a content each. */
function checkArchive(text: string): string[] {
  const parts = load(text) as { type?: string; content?: string }[];
  return parts.flatMap(({ type, content = '' }) =>
    type === 'text/cloud-config' ? checkCloudConfig(content) : [],
  );
}
