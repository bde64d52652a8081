import type { Manifest } from '../../contract/manifest.ts';
import { formatBytes } from '../../messages/bytes.ts';

import { mediaGroups } from '../model/media.ts';

/** The files that machines can fetch. */
export function MediaList({ manifest }: { manifest: Manifest }) {
  const groups = mediaGroups(manifest);
  return (
    <section class="media" aria-labelledby="media">
      <h2 id="media">Media</h2>
      <ul class="groups">
        {groups.map(({ folder, size, files }) => (
          <li key={folder} class="group">
            <details>
              <summary>
                <code>{folder}/</code>
                <span class="count">{files.length === 1 ? '1 file' : `${files.length} files`}</span>
                <span class="size">{formatBytes(size)}</span>
              </summary>
              <ul class="files">
                {files.map((file) => (
                  <li key={file.name} class="media-file">
                    <code>{file.name}</code>
                    <span class="size">{formatBytes(file.size)}</span>
                  </li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
