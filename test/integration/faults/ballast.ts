/** In a data root: the file that fills its disk. */
export const BALLAST = 'ballast';
