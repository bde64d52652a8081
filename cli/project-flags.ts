// Flags for the files and folders of a project, which most commands share.

/** nodes.yaml. */
export const INVENTORY = {
  type: 'string',
  value: 'FILE',
  default: 'nodes.yaml',
  about: 'the inventory',
} as const;

/** The downloaded files. */
export const MEDIA = {
  type: 'string',
  value: 'FOLDER',
  default: 'media',
  about: 'where the downloaded files are',
} as const;

/** Where a build writes. */
export const OUT = {
  type: 'string',
  value: 'FOLDER',
  default: 'dist',
  about: 'the built tree',
} as const;

/** The same folder, for commands that only read it. */
export const DIST = OUT;

const STATE_FOLDER = {
  type: 'string',
  value: 'FOLDER',
  about: 'what Genesis remembers of the nodes',
} as const;

/** Of commands that need no nodes.yaml. */
export const STATE = { ...STATE_FOLDER, default: 'state' } as const;

/** Of commands that read nodes.yaml. */
export const STATE_BESIDE_INVENTORY = {
  ...STATE_FOLDER,
  otherwise: 'state beside the inventory',
} as const;

const SECRETS_FOLDER = {
  type: 'string',
  value: 'FOLDER',
  about: "the cluster's secrets",
} as const;

/** Of commands that read nodes.yaml. */
export const SECRETS_BESIDE_INVENTORY = {
  ...SECRETS_FOLDER,
  otherwise: 'secrets beside the inventory',
} as const;

/** Of commands that need no nodes.yaml. */
export const SECRETS_BESIDE_STATE = {
  ...SECRETS_FOLDER,
  otherwise: 'secrets beside the state folder',
} as const;
