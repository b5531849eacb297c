export const leftOut = [] as const;
