/** The network room's door: how containers reach each other and the world, and are reached. */
export { AddressBook } from './addresses/address-book.ts';
export { gatewayOf, pairedAddress } from './addresses/address-pool.ts';
export type { AttachOptions, BridgeAttachment } from './bridge/attach-bridge.ts';
export { attachBridge } from './bridge/attach-bridge.ts';
export type { BridgeConfig } from './bridge/bridge-config.ts';
export { DEFAULT_BRIDGE } from './bridge/bridge-config.ts';
export { chooseBridge } from './bridge/choose-bridge.ts';
export { prepareBridge } from './bridge/prepare-bridge.ts';
export { buildHostnameFile } from './files/hostname-file.ts';
export type { HostsFileOptions } from './files/hosts-file.ts';
export { buildHostsFile } from './files/hosts-file.ts';
export type { ResolvConfOptions } from './files/resolv-conf.ts';
export { buildResolvConf, nameServersOf } from './files/resolv-conf.ts';
export type { NetworkSetup } from './network-setup.ts';
export { releaseNetwork } from './release-network.ts';
