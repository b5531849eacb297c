export * from './clone.ts';
export * from './mount.ts';
export * from './open.ts';
export * from './signal.ts';
export * from './socket.ts';
export * from './prctl.ts';
export * from './ioctl.ts';
export * from './magic.ts';
