// Which requests a dev server never answers. Pure; runs before any of Vite's own handlers.
import { join, normalize } from 'node:path/posix';

/** Prefixes that ask Vite for files outside its root. */
const PREFIXES = ['/@fs/', '/@id/', '/file:'];

/**
 * Whether a request's URL could be read as a path into a closed folder: encoded (even more than once),
 * with dots, backslashes or a query, absolute or from the root.
 * @param root Vite's, absolute
 * @param closed absolute folders and files
 */
export function isClosed(url: string, root: string, closed: readonly string[]): boolean {
  const path = decodeWhole(url.replace(/[?#].*$/s, ''));
  if (path === null) return true;
  const from = path.replaceAll('\\', '/');
  const bare = PREFIXES.flatMap((prefix) => {
    const at = from.indexOf(prefix);
    return at === -1 ? [] : [from.slice(at + prefix.length)];
  });
  const places = [from, ...bare].flatMap((place) => [normalize(`/${place}`), join(root, place)]);
  return places.some((place) => closed.some((folder) => isBelow(place, folder)));
}

/** More layers of encoding than anyone needs are refused. */
const MAX_LAYERS = 4;

/** Null if it cannot be decoded. */
function decodeWhole(text: string): string | null {
  let path = text;
  for (let layer = 0; layer < MAX_LAYERS; layer += 1) {
    try {
      const decoded = decodeURIComponent(path);
      if (decoded === path) return path;
      path = decoded;
    } catch {
      return null;
    }
  }
  return null;
}

/** Ignores case, as macOS file systems do. */
function isBelow(place: string, folder: string): boolean {
  const [one, two] = [place.toLowerCase(), folder.toLowerCase()];
  return one === two || one.startsWith(`${two}/`);
}
