import { KeelsonError } from '../../base/index.ts';

export function archiveError(problem: string): KeelsonError {
  return new KeelsonError('invalid', `the archive holds no images that can be loaded: ${problem}`, {
    code: 'ARCHIVE_INVALID',
    hint: 'make it with keelson save, docker save, podman save or skopeo copy; a file system alone is taken by keelson import',
  });
}
