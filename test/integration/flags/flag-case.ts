/** What stands for a value in flags and expectations, because it is known only where the table is run. */
export interface World {
  /** A folder of the host with `env`, `labels` and `data/file`. */
  folder: string;
  /** A free port. */
  port: number;
  /** The last number of an address. */
  octet: number;
  /** A name that nothing else has. */
  name: string;
}

/** How one flag is seen to have worked. */
export interface Check {
  /** A line of shell in the container; what it prints is matched. */
  shell?: string;
  /** Or a Go template for `inspect`. */
  inspect?: string;
  /** Or the port on which the container must answer. */
  answers?: true;
  expect: string | RegExp | ((world: World) => string | RegExp);
  /** Where Docker prints something else on purpose, with the reason. */
  docker?: { expect: string | RegExp; because: string };
}

/** One container, and what each of its flags must have changed in it. */
export interface FlagCase {
  /** Words before the image; `{folder}`, `{port}` and `{name}` are replaced. */
  flags: readonly string[];
  /** What makes the container run a script; `sh -c` of the image when left out. */
  command?: (script: string) => readonly string[];
  /** By long name. */
  checks: Readonly<Record<string, Check>>;
  /** The image has no part in it: `--rootfs`. */
  noImage?: true;
  /** Docker asks for every capability there is, we for those that this process has: skipped there without them. */
  needsAllCapabilities?: true;
  /** Why Docker cannot run it at all. */
  notInDocker?: string;
}

/** Fills in the places that a table leaves open. */
export function fillIn(text: string, { folder, port, octet, name }: World): string {
  const values = { folder, port, octet, name };
  return Object.entries(values).reduce((filled, [key, value]) => filled.replaceAll(`{${key}}`, String(value)), text);
}
