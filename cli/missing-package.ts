// Commands for those who work on HomePBP need packages that `npm ci --omit=dev` leaves out.

/** What to say of an import that found no package of that name; null for every other fault. */
export function missingPackage(error: unknown): string | null {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_MODULE_NOT_FOUND') return null;
  const name = /^Cannot find package '([^']+)'/.exec(message)?.[1];
  return name === undefined ? null : notInstalled(name);
}

/** A message with what installs a package. */
export function notInstalled(name: string): string {
  return `${name} is not installed\n  hint: run 'npm ci' without --omit=dev`;
}
