/** A bridge that containers are connected to. */
export interface BridgeConfig {
  /** `keelson0` */
  name: string;
  /** `10.208.0.0/20`; the bridge itself has the first address. */
  subnet4: string;
  /** `fd6b:6565:6c73:6f00::/64`; absent: no IPv6 beyond link-local addresses. */
  subnet6?: string | undefined;
  /** Bytes of a packet; the host's way out decides. */
  mtu?: number | undefined;
}

/** The network that containers are on when nobody says otherwise. */
export const DEFAULT_BRIDGE = 'keelson0';
