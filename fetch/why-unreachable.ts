// Why a request got no answer or only part of one: error codes of the system, TLS and undici in words.

/** The next step when this computer is probably offline. */
export const OFFLINE =
  'check the network (and HTTPS_PROXY, if a proxy is needed), then run it again';

export interface Why {
  readonly what: string;
  readonly hint: string;
  /** Whether the same request may succeed a moment later. */
  readonly retry: boolean;
}

/** @param cause what undici threw, whatever it is wrapped in */
export function whyUnreachable(cause: unknown): Why {
  const { code, message } = rootOf(cause);
  if (isTlsFault(code))
    return {
      what: `its TLS certificate is not trusted (${code})`,
      hint: "check this computer's clock, and whether this network wants you to log in first (a captive portal): open any web page in a browser; for a private CA, set NODE_EXTRA_CA_CERTS=FILE",
      retry: false,
    };
  if (/^Proxy response \((\d+)\)/.test(message))
    return {
      what: `the proxy refused: ${message}`,
      hint: 'check HTTPS_PROXY, including the user and password',
      retry: false,
    };
  return {
    what: TRANSPORT[code] ?? `the connection failed (${code || message})`,
    hint: OFFLINE,
    retry: code !== 'ENOTFOUND',
  };
}

const TRANSPORT: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name does not exist',
  EAI_AGAIN: 'the host name cannot be resolved at the moment',
  ECONNREFUSED: 'the server refused the connection',
  ECONNRESET: 'the connection was lost',
  EHOSTUNREACH: 'no route to the server',
  ENETUNREACH: 'no route to the server',
  UND_ERR_SOCKET: 'the connection was lost',
  UND_ERR_CONNECT_TIMEOUT: 'the server did not answer',
  UND_ERR_HEADERS_TIMEOUT: 'the server accepted the request but did not answer',
  UND_ERR_BODY_TIMEOUT: 'the server stopped sending',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the body ended before its announced length',
};

function isTlsFault(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_OSSL)/.test(code);
}

/** The innermost cause; several addresses fail as an AggregateError. */
function rootOf(cause: unknown): { code: string; message: string } {
  if (!(cause instanceof Error)) return { code: '', message: String(cause) };
  if (cause instanceof AggregateError && cause.errors.length > 0) return rootOf(cause.errors[0]);
  if (cause.cause instanceof Error) return rootOf(cause.cause);
  return { code: (cause as NodeJS.ErrnoException).code ?? '', message: cause.message };
}
