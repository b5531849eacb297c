/**
 * A value of D-Bus in ours, by its type: `y n q i u` number, `x t` bigint, `b` boolean, `s o g` string, `v` Variant,
 * arrays and structures are lists; an array of bytes is a Uint8Array.
 */
export type DBusValue = number | bigint | boolean | string | Uint8Array | Variant | readonly DBusValue[];

/** A value that brings its type along. */
export interface Variant {
  signature: string;
  value: DBusValue;
}

export function isVariant(value: DBusValue): value is Variant {
  return typeof value === 'object' && 'signature' in value;
}
