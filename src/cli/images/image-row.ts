import { formatSize, humanAgo } from '../../base/index.ts';
import type { ImageSummary } from '../../spec/index.ts';
import type { GoStruct } from '../template/go-value.ts';
import { localTimestamp } from '../text/timestamp.ts';

const NONE = '<none>';
const SHORT_ID = 12;

/** An image in the words of `docker images`: the fields of its `--format`. */
export function imageRow(image: ImageSummary, { now, noTrunc }: { now: number; noTrunc: boolean }): GoStruct {
  const [, repository = NONE, tag = NONE] = /^([^@]+?)(?::([\w][\w.-]*))?(?:@.*)?$/.exec(image.name) ?? [];
  return {
    CreatedAt: localTimestamp(image.created),
    CreatedSince: humanAgo(image.created, now),
    Digest: image.digest,
    ID: noTrunc ? image.id : shortImageId(image.id),
    Repository: repository,
    Size: formatSize(image.size),
    Tag: tag,
  };
}

/** The heading of each field, as `table` formats print it. */
export const IMAGE_HEADINGS: GoStruct = {
  CreatedAt: 'CREATED AT',
  CreatedSince: 'CREATED',
  Digest: 'DIGEST',
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Size: 'SIZE',
  Tag: 'TAG',
};

export function shortImageId(id: string): string {
  const start = id.indexOf(':') + 1;
  return id.slice(start, start + SHORT_ID);
}
