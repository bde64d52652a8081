// Names that are no one's data: what NAS systems, file systems, operating systems and web servers keep
// in a share, also in an empty one. An export takes such a folder, and leaves them alone.

/** Families of names. `@` and `#` are Synology's and QNAP's; `._` and `.nfs` stand in for other files. */
const PREFIXES = ['@', '#', '.@', '._', '.nfs', '.smb', '.fuse_hidden', '.trash', '.stfolder'];

/** In lower case: SMB shares and web servers differ in how they write them. */
const NAMES: ReadonlySet<string> = new Set([
  // File systems and their snapshots.
  ...['lost+found', '.snapshot', '.snapshots', '~snapshot', '.zfs'],
  // Recycle bins.
  ...['.recycle', '.recycle.bin', '$recycle.bin', 'recycler'],
  // Windows.
  ...['system volume information', 'thumbs.db', 'desktop.ini'],
  // macOS.
  ...['.ds_store', '.fseventsd', '.spotlight-v100', '.temporaryitems', '.apdisk', '.appledouble'],
  ...['.appledb', '.appledesktop', '.documentrevisions-v100', '.volumeicon.icns'],
  // Web servers: locks of WebDAV, and settings that may be needed to serve the tree at all.
  ...['.dav', '.htaccess', 'web.config', '.well-known', '.user.ini'],
]);

/** Whether a name at the top of a share belongs to the system that keeps the share. */
export function isOfTheShare(name: string): boolean {
  const folded = name.toLowerCase();
  return NAMES.has(folded) || PREFIXES.some((prefix) => folded.startsWith(prefix));
}
