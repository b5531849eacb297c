/** From asm-generic/mman-common.h and linux/mman.h. */
export const PROT_READ = 0x1;
export const MAP_SHARED = 0x1;
