// Network cards in iPXE: settings `net0/…`, `net1/…`; `netX/…` is the open one.

/** Opens a card; false when the machine has no such card. */
export function openCard(settings: Map<string, string>, card: string): boolean {
  if (!settings.has(`${card}/mac`)) return false;
  for (const [name, value] of [...settings]) {
    if (name.startsWith(`${card}/`)) settings.set(name.replace(card, 'netX'), value);
  }
  return true;
}

export function closeCards(settings: Map<string, string>): void {
  for (const name of [...settings.keys()]) if (name.startsWith('netX/')) settings.delete(name);
}

/** Nothing is fetched with all cards closed. */
export function isOnline(settings: ReadonlyMap<string, string>): boolean {
  return settings.has('netX/mac');
}
