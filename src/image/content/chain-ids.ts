/**
 * Names each layer together with all below it: `sha256(chain of those below + ' ' + diff id)` (config.md of image-spec,
 * "Layer ChainID"). Of the lowest it is the diff id itself, so an image of one layer needs no hash.
 */
export async function chainIds(diffIds: readonly string[]): Promise<string[]> {
  const chain = diffIds.slice(0, 1);
  if (diffIds.length < 2) return chain;
  // Not before it is needed: loading it takes as long as starting a container.
  const { createHash } = await import('node:crypto');
  for (const diffId of diffIds.slice(1)) {
    chain.push(
      `sha256:${createHash('sha256')
        .update(`${chain.at(-1)} ${diffId}`)
        .digest('hex')}`,
    );
  }
  return chain;
}
