import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../../base/index.ts';
import { completeSpec } from '../complete-spec.ts';
import { parseProcess, parseResources, parseRuntimeSpec, parseRuntimeSpecText } from './parse-runtime-spec.ts';
import { linux, quiet, spec, without } from './spec-cases.ts';

describe('parse', () => {
  test('the error names the file, the path and the number of the other problems', () => {
    const wrong = spec({ ociVersion: 'x', root: undefined, hostname: 'x'.repeat(100) });
    assert.throws(
      () => parseRuntimeSpec(wrong),
      (error) =>
        isKeelsonError(error, 'invalid') &&
        error.code === 'SPEC_INVALID' &&
        error.message === 'config.json: ociVersion "x" is not a version (and 2 more problems)' &&
        error.hint === "write one such as '1.3.0'",
    );
  });

  test('from text, with seccomp values exact', () => {
    const text = JSON.stringify({
      ...quiet(spec()),
      linux: { ...linux(without()).linux, resources: {}, seccomp: { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] } },
    }).replace(
      '"syscalls":[]',
      '"syscalls":[{"names":["x"],"action":"SCMP_ACT_KILL","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]',
    );
    const { spec: read } = parseRuntimeSpecText(text);
    assert.equal(read.linux?.seccomp?.syscalls?.[0]?.args?.[0]?.value, 2n ** 64n - 1n);
    assert.throws(
      () => parseRuntimeSpecText('{'),
      (error) => isKeelsonError(error, 'invalid') && error.code === 'SPEC_INVALID',
    );
  });

  test('a process alone is read by the same rules, with paths from its own root', () => {
    assert.deepEqual(parseProcess({ cwd: '/', args: ['a'], user: { uid: 1 } }).process, {
      cwd: '/',
      args: ['a'],
      user: { uid: 1 },
    });
    assert.deepEqual(parseProcess(completeSpec().process).process, completeSpec().process);
    assert.throws(
      () => parseProcess({ cwd: 'x', args: ['a'] }),
      (error) =>
        isKeelsonError(error, 'invalid') &&
        error.code === 'PROCESS_INVALID' &&
        /process\.json: cwd must be/.test(error.message),
    );
  });

  test('resources alone, where an update may leave out what stays', () => {
    assert.deepEqual(parseResources({ memory: { swap: 1000 } }), { memory: { swap: 1000 } });
    assert.throws(
      () => parseResources({ memory: { limit: 2, swap: 1 } }),
      (error) => isKeelsonError(error, 'invalid') && error.code === 'RESOURCES_INVALID',
    );
  });
});
