// dist/manifest.json: what the tree holds, for `export`, `diff` and the shim.

export interface ManifestEntry {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex; absent for files that hold secrets, whose hash would be a way to guess them. */
  readonly sha256?: string;
}

/** Path in dist/ (sorted) → entry. The manifest does not list itself. */
export type Manifest = Readonly<Record<string, ManifestEntry>>;
