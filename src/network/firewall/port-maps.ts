/** The maps of the table that lead from ports of the host to containers; see `ruleset.ts`. */
export const PORT_MAPS = {
  every4: 'ports4',
  one4: 'ports4_at',
  every6: 'ports6',
  one6: 'ports6_at',
} as const;
