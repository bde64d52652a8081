/** What Ubuntu's archive, and many people, call the releases that nodes.yaml can name. */
export const UBUNTU_CODENAMES: Readonly<Record<string, string>> = {
  '20.04': 'focal',
  '22.04': 'jammy',
  '24.04': 'noble',
  '26.04': 'resolute',
};
