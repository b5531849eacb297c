import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExecutionConfig } from '../../spec/index.ts';
import { changeConfig } from './change-config.ts';

function changed(changes: string[], config: ExecutionConfig = {}): ExecutionConfig | undefined {
  const image = { os: 'linux', architecture: 'amd64', config, rootfs: { type: 'layers' as const, diff_ids: [] } };
  return changeConfig(image, { changes }).config;
}
const health = (text: string) => changed([`HEALTHCHECK ${text}`])?.Healthcheck;
const SECOND = 1e9;

describe('--change HEALTHCHECK', () => {
  const cases: [text: string, check: object][] = [
    ['NONE', { Test: ['NONE'] }],
    ['CMD true', { Test: ['CMD-SHELL', 'true'] }],
    ['cmd wget -q  http://localhost/ || exit 1', { Test: ['CMD-SHELL', 'wget -q  http://localhost/ || exit 1'] }],
    ['CMD ["curl", "-f", "http://localhost/"]', { Test: ['CMD', 'curl', '-f', 'http://localhost/'] }],
    [
      '--interval=1m30s --timeout=500ms --start-period=0 --start-interval=5s --retries=3 CMD x',
      {
        Test: ['CMD-SHELL', 'x'],
        Interval: 90 * SECOND,
        Timeout: SECOND / 2,
        StartPeriod: 0,
        StartInterval: 5 * SECOND,
        Retries: 3,
      },
    ],
  ];
  for (const [text, check] of cases) test(text, () => assert.deepEqual(health(text), check));

  const refused = [
    '',
    'CMD',
    'NONE x',
    '--retries=1 NONE',
    '--retries=-1 CMD x',
    '--interval=1us CMD x',
    '--often=1 CMD x',
    'true',
  ];
  for (const text of refused) {
    test(`not ${text || 'nothing'}`, () => assert.throws(() => health(text), { code: 'CHANGE_INVALID' }));
  }
});

test('a command in the form of a text is for the shell of the image', () => {
  assert.deepEqual(changed(['CMD a b'])?.Cmd, ['/bin/sh', '-c', 'a b']);
  assert.deepEqual(changed(['CMD a b', 'ENTRYPOINT c'], { Shell: ['/bin/bash', '-ec'] }), {
    Shell: ['/bin/bash', '-ec'],
    Cmd: ['/bin/bash', '-ec', 'a b'],
    Entrypoint: ['/bin/bash', '-ec', 'c'],
  });
});
