import { list, object, optional } from '../schema/composites.ts';
import { nonEmptyString, string } from '../schema/scalars.ts';
import { readDocument, type Schema } from '../schema/schema.ts';

/** One image in `manifest.json` of an archive that `docker save` makes; all are paths in the archive. */
export interface DockerArchiveEntry {
  Config: string;
  RepoTags?: readonly string[] | undefined;
  /** The lowest first. */
  Layers: readonly string[];
}

const entries: Schema<readonly DockerArchiveEntry[]> = list(
  object<DockerArchiveEntry>({
    Config: nonEmptyString,
    RepoTags: optional(list(string)),
    Layers: list(nonEmptyString),
  }),
);

/** @throws KeelsonError `ARCHIVE_INVALID` */
export function parseDockerArchive(json: unknown): readonly DockerArchiveEntry[] {
  return readDocument(entries, json, { code: 'ARCHIVE_INVALID', document: 'manifest.json of the archive' });
}
