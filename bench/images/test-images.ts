import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export type Compression = 'gzip' | 'zstd';

export interface TestImage {
  name: string;
  /** Bytes of all layers, unpacked and as they are stored. */
  size: number;
  stored: number;
  entries: number;
}

/** Folders of the host that make a tree like Debian's: many small files, some large ones, links. */
const SOURCES = [
  'usr/share/perl',
  'usr/share/zoneinfo',
  'usr/share/doc',
  'usr/share/locale',
  'usr/lib/python3',
  'usr/bin',
  'usr/lib',
];
/** Nothing larger: one program of 100 MB would be all that is measured. */
const LARGEST_FILE = 8 << 20;

/** Paths of about so many bytes, below `/`, in their order. */
export function chooseFiles(bytes: number): string[] {
  const found: string[] = [];
  let left = bytes;
  const visit = (path: string) => {
    const status = lstatSync(join('/', path), { throwIfNoEntry: false });
    if (!status || left <= 0) return;
    if (status.isDirectory()) {
      found.push(path);
      for (const name of readdirSync(join('/', path)).sort()) visit(join(path, name));
    } else if (status.size <= LARGEST_FILE && (status.isFile() || status.isSymbolicLink())) {
      found.push(path);
      left -= status.size;
    }
  };
  for (const source of SOURCES) visit(source);
  return found;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Makes an OCI layout of layers with these files, and pushes it. */
export async function makeImage(
  folder: string,
  {
    name,
    layers,
    compression,
    registry,
  }: { name: string; layers: string[][]; compression: Compression; registry: string },
): Promise<TestImage> {
  const layout = join(folder, name);
  const blobs = join(layout, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const image: TestImage = { name, size: 0, stored: 0, entries: 0 };
  const add = async (path: string, mediaType: string) => {
    const digest = await sha256(path);
    const { size } = statSync(path);
    renameSync(path, join(blobs, digest));
    return { mediaType, digest: `sha256:${digest}`, size };
  };
  const addJson = async (document: object, mediaType: string) => {
    const path = join(layout, 'draft');
    writeFileSync(path, JSON.stringify(document));
    return await add(path, mediaType);
  };
  const described = [];
  const diffIds: string[] = [];
  for (const files of layers) {
    const tar = join(layout, 'layer.tar');
    const input = `${files.join('\n')}\n`;
    execFileSync(
      'tar',
      ['--format=posix', '--pax-option=delete=atime,delete=ctime', '--no-recursion', '-C', '/', '-T', '-', '-cf', tar],
      { input },
    );
    diffIds.push(`sha256:${await sha256(tar)}`);
    image.size += statSync(tar).size;
    image.entries += files.length;
    const packed = join(layout, 'packed');
    execFileSync('sh', [
      '-euc',
      compression === 'gzip' ? 'gzip -6 <"$0" >"$1"' : 'zstd -q -3 <"$0" >"$1"',
      tar,
      packed,
    ]);
    described.push(await add(packed, `application/vnd.oci.image.layer.v1.tar+${compression}`));
    image.stored += described.at(-1)?.size ?? 0;
    execFileSync('rm', [tar]);
  }
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const config = await addJson(
    {
      os: 'linux',
      architecture,
      config: { Cmd: ['true'] },
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: layers.map(() => ({ created_by: 'bench' })),
    },
    'application/vnd.oci.image.config.v1+json',
  );
  const manifest = await addJson(
    { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config, layers: described },
    'application/vnd.oci.image.manifest.v1+json',
  );
  const named = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'latest' } };
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  execFileSync('skopeo', [
    'copy',
    // Else it gives the registry a blob that this has of the same content in another compression.
    '--preserve-digests',
    '--quiet',
    '--insecure-policy',
    '--dest-tls-verify=false',
    `oci:${layout}:latest`,
    `docker://${registry}/${name}:latest`,
  ]);
  readFileSync(join(layout, 'index.json'));
  return image;
}
