// Developer commands need packages that `npm ci --omit=dev` leaves out.

/** The message for an import that did not find its package; null for any other error. */
export function missingPackage(error: unknown): string | null {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_MODULE_NOT_FOUND') return null;
  const name = /^Cannot find package '([^']+)'/.exec(message)?.[1];
  return name === undefined ? null : notInstalled(name);
}

/** A message that says how to install a package. */
export function notInstalled(name: string): string {
  return `${name} is not installed\n  hint: run 'npm ci' without --omit=dev`;
}
