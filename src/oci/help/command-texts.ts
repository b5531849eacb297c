/** What stands below a command's usage. */
export interface CommandText {
  /** About its arguments. */
  where?: string;
  description?: string;
  example?: string;
}

const EXISTING = '"<container-id>" is the name of a container that `list` shows.';
const NEW = '"<container-id>" is your name for the container; it must be the only one of that name below --root.';
const MAKE = `A bundle is a folder with a configuration, "config.json", and the container's root file
system. \`args\` in it is the command that the container runs; \`keelson-runtime spec\` writes an
example.`;
const TABLE = 'Columns are for people; scripts take --format json.';

/** By the command's name. */
export const COMMAND_TEXTS: Readonly<Record<string, CommandText>> = {
  checkpoint: { where: EXISTING, description: "Saves a running container's processes to files." },
  create: {
    where: NEW,
    description: `Makes a container of a bundle. Its program waits for \`start\`.\n\n${MAKE}`,
    example: `keelson-runtime create --bundle /srv/web web1
keelson-runtime start web1`,
  },
  delete: {
    where: EXISTING,
    description: 'Removes what is left of a container that has ended: its record, its cgroups.',
    example: 'keelson-runtime delete web1',
  },
  events: {
    where: EXISTING,
    description: `Prints a line of JSON with what the container uses every five seconds, and one each time that
memory ran out.`,
    example: 'keelson-runtime events --stats web1',
  },
  exec: {
    where: `${EXISTING}\n"<command>" is run in it; with --process there is none.`,
    description:
      "The program gets the user, environment and privileges of the container's own, as far as no flag says otherwise.",
    example: 'keelson-runtime exec web1 ps',
  },
  features: {
    description: 'Prints what this runtime was built to do, as JSON of the OCI specification (features.md).',
  },
  kill: {
    where: `${EXISTING}\n"[signal]" is a name or a number, SIGTERM without it.`,
    description: 'Signals the first process of a container.',
    example: 'keelson-runtime kill web1 KILL',
  },
  list: {
    description: `Lists the containers whose state is below --root. ${TABLE}`,
    example: `keelson-runtime list
keelson-runtime --root /tmp/other list`,
  },
  pause: { where: EXISTING, description: 'Stops every process of a container where it is, until `resume`.' },
  ps: {
    where: `${EXISTING}\n"[ps options]" are those of ps(1), "-ef" without them; its output must have a column PID.`,
    description: `Lists the processes of a container. ${TABLE}`,
    example: 'keelson-runtime ps web1 -o pid,args',
  },
  restore: { where: NEW, description: 'Brings back a container that `checkpoint` saved.' },
  resume: { where: EXISTING, description: 'Lets the processes of a paused container go on.' },
  run: {
    where: NEW,
    description: `Makes a container of a bundle, starts its program, waits for its end and removes it.\n\n${MAKE}`,
    example: `keelson-runtime run --bundle /srv/web web1`,
  },
  spec: {
    description: `Writes an example configuration, "config.json", to begin with. Its command is \`sh\`; change \`args\` to
what the root file system has.

With --rootless it is one that an ordinary user can start, whose id becomes the container's root.`,
    example: `mkdir -p web/rootfs && cd web
docker export $(docker create busybox) | tar -C rootfs -xf -
keelson-runtime spec
sudo keelson-runtime run web1`,
  },
  start: { where: EXISTING, description: 'Lets the program of a created container begin.' },
  state: { where: EXISTING, description: 'Prints what a container is and does, as JSON.' },
  update: {
    where: EXISTING,
    description: `Changes limits of a container. What no flag names stays. A file of --resources looks like this, each part
optional:

{
  "memory": { "limit": 0, "reservation": 0, "swap": 0 },
  "cpu": {
    "shares": 0, "quota": 0, "period": 0, "realtimeRuntime": 0, "realtimePeriod": 0,
    "cpus": "", "mems": ""
  },
  "blockIO": { "weight": 0 },
  "pids": { "limit": 0 }
}`,
    example: 'keelson-runtime update --memory 512m --cpu-quota 50000 web1',
  },
};
