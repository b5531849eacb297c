import { KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, ENOENT, ENOTDIR, Nftables, runProgram } from '../../kernel/index.ts';
import type { BridgeConfig } from '../bridge/bridge-config.ts';
import { interfaceKey } from './firewall-keys.ts';
import { RULESET, RULESET_VERSION, TABLE } from './ruleset.ts';

/** Where distributions put the program. The environment is not asked: what runs here runs as root. */
const PLACES = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft', '/usr/local/sbin/nft'];

const BRIDGES = { table: TABLE, name: 'bridges' };

/** Are our rules loaded, in this version, and do they know the bridge with its networks? */
export async function isFirewallReady(kernel: Kernel, bridge: BridgeConfig): Promise<boolean> {
  const nftables = new Nftables(kernel);
  const element = nftables.find(BRIDGES, interfaceKey(bridge.name));
  nftables.close();
  return (await element)?.comment === markOf(bridge);
}

/** Stands as a comment with the bridge: what its rules were made of. */
function markOf({ subnet4, subnet6 }: BridgeConfig): string {
  return [RULESET_VERSION, subnet4, ...(subnet6 ? [subnet6] : [])].join(', ');
}

/**
 * Loads our table with the `nft` program and enters the bridge. Published ports that stand in it stay.
 * @throws KeelsonError unavailable, `NFT_MISSING`; internal, `NFT_FAILED`
 */
export async function prepareFirewall(kernel: Kernel, bridge: BridgeConfig): Promise<void> {
  const { status, errors } = await runNft(kernel, RULESET + entriesOf(bridge));
  if (status !== 0) {
    throw new KeelsonError('internal', `nft does not load the firewall's rules: ${errors.trim()}`, {
      code: 'NFT_FAILED',
      hint: 'is nf_tables in this kernel? Without it, run with --network none or host',
    });
  }
}

function entriesOf(bridge: BridgeConfig): string {
  const { name, subnet4, subnet6 } = bridge;
  const entry = `"${name}" comment "${markOf(bridge)}"`;
  // What is there already keeps its comment, so it goes first.
  const lines = ['add', 'delete', 'add'].map((act) => `${act} element inet ${TABLE} bridges { ${entry} }`);
  lines.push(`add element inet ${TABLE} same_bridge { "${name}" . "${name}" }`);
  lines.push(`add element inet ${TABLE} own4 { "${name}" . ${subnet4} }`);
  if (subnet6) lines.push(`add element inet ${TABLE} own6 { "${name}" . ${subnet6} }`);
  return lines.map((line) => `${line}\n`).join('');
}

async function runNft(kernel: Kernel, input: string): Promise<{ status: number; errors: string }> {
  const looks = PLACES.map((path) => kernel.statx(AT_FDCWD, path, 0, { allow: [ENOENT, ENOTDIR] }));
  const found = await Promise.all(looks);
  const path = PLACES.find((_, i) => (found[i]?.mode ?? 0) & 0o111);
  if (path) return runProgram(kernel, { path, argv: ['nft', '-f', '-'], input });
  throw new KeelsonError('unavailable', 'the program nft is missing, which sets up the network of containers', {
    code: 'NFT_MISSING',
    hint: 'install it (Debian: apt-get install nftables), or run with --network none or host',
  });
}
