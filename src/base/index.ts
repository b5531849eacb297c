/** The base room's door: pure values and checks that every room uses. */
export * from './durations.ts';
export * from './error.ts';
export * from './ids.ts';
export * from './invalid.ts';
export * from './ip-address.ts';
export * from './ip-prefix.ts';
export * from './mac-address.ts';
export * from './sizes.ts';
export * from './version.ts';
