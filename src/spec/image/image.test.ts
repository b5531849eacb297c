import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../base/index.ts';
import { parseImageConfig } from './image-config.ts';
import { parseImageIndex } from './image-index.ts';
import { parseImageLayout } from './image-layout.ts';
import { parseManifest } from './manifest.ts';
import {
  DOCKER_CONFIG,
  DOCKER_LAYER_GZIP,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  LAYER_COMPRESSIONS,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
} from './media-types.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const config = { mediaType: OCI_CONFIG, digest: digest('a'), size: 100 };

function refuses(read: () => unknown, code: string, place: RegExp): void {
  assert.throws(read, (error) => isKeelsonError(error, 'invalid') && error.code === code && place.test(error.message));
}

describe('manifest', () => {
  const oci = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: 'application/x',
    config: { ...config, data: 'e30=', annotations: { a: 'b' }, artifactType: 'application/y' },
    layers: [
      { mediaType: OCI_LAYER_ZSTD, digest: `sha512:${'0'.repeat(128)}`, size: 0, urls: ['https://example.org/x'] },
    ],
    subject: config,
    annotations: { 'org.opencontainers.image.title': 'x' },
  };

  test('OCI’s, with every field', () => assert.deepEqual(parseManifest(oci), oci));

  test('Docker’s schema 2', () => {
    const docker = {
      schemaVersion: 2,
      mediaType: DOCKER_MANIFEST,
      config: { mediaType: DOCKER_CONFIG, size: 1, digest: digest('1') },
      layers: [{ mediaType: DOCKER_LAYER_GZIP, size: 2, digest: digest('2') }],
    };
    assert.deepEqual(parseManifest(docker), docker);
  });

  const wrong: [string, unknown, RegExp][] = [
    ['schema 1', { ...oci, schemaVersion: 1 }, /schemaVersion/],
    ['no layers', { ...oci, layers: undefined }, /layers is missing/],
    ['no config', { ...oci, config: undefined }, /config is missing/],
    [
      'a digest that is a path',
      { ...oci, config: { ...config, digest: 'sha256:../../../etc/passwd' } },
      /config\.digest/,
    ],
    [
      'a digest of another algorithm',
      { ...oci, config: { ...config, digest: `md5:${'0'.repeat(32)}` } },
      /config\.digest/,
    ],
    ['a digest in capitals', { ...oci, config: { ...config, digest: digest('A') } }, /config\.digest/],
    ['a digest with a line after it', { ...oci, config: { ...config, digest: `${digest('a')}\n` } }, /config\.digest/],
    ['a negative size', { ...oci, layers: [{ ...config, size: -1 }] }, /layers\[0\]\.size/],
    ['a size past what a number holds', { ...oci, layers: [{ ...config, size: 2 ** 53 }] }, /layers\[0\]\.size/],
    ['a layer of no type', { ...oci, layers: [{ ...config, mediaType: '' }] }, /layers\[0\]\.mediaType/],
    ['nothing', null, /must be an object/],
  ];
  for (const [what, json, place] of wrong) {
    test(`${what}: refused`, () => refuses(() => parseManifest(json), 'MANIFEST_INVALID', place));
  }
});

describe('index', () => {
  const platform = {
    architecture: 'arm',
    os: 'linux',
    variant: 'v7',
    'os.version': '1',
    'os.features': ['x'],
  };
  const index = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [{ mediaType: OCI_MANIFEST, digest: digest('b'), size: 5, platform }],
  };

  test('OCI’s and Docker’s', () => {
    assert.deepEqual(parseImageIndex(index), index);
    assert.equal(parseImageIndex({ ...index, mediaType: DOCKER_MANIFEST_LIST }).mediaType, DOCKER_MANIFEST_LIST);
  });

  test('a platform without an architecture is refused', () => {
    const manifests = [{ ...config, platform: { os: 'linux' } }];
    refuses(() => parseImageIndex({ ...index, manifests }), 'INDEX_INVALID', /manifests\[0\]\.platform\.architecture/);
  });
});

describe('image configuration', () => {
  const complete = {
    architecture: 'amd64',
    os: 'linux',
    variant: 'v2',
    'os.version': '1',
    'os.features': ['x'],
    created: '2026-01-01T00:00:00Z',
    author: 'a',
    config: {
      User: '1000:1000',
      ExposedPorts: { '80/tcp': {} },
      Env: ['PATH=/bin'],
      Entrypoint: ['/entry'],
      Cmd: ['a'],
      Volumes: { '/data': {} },
      WorkingDir: '/',
      Labels: { a: 'b', __proto__x: 'c' },
      StopSignal: 'SIGTERM',
      ArgsEscaped: false,
      Healthcheck: { Test: ['CMD', 'x'], Interval: 1e9, Timeout: 1e9, StartPeriod: 0, StartInterval: 5e9, Retries: 3 },
      OnBuild: ['RUN x'],
      Shell: ['/bin/sh', '-c'],
    },
    rootfs: { type: 'layers', diff_ids: [digest('c')] },
    history: [{ created: 'x', author: 'b', created_by: 'RUN x', comment: 'c', empty_layer: true }],
  };

  test('is read whole', () => assert.deepEqual(parseImageConfig(complete), complete));

  test('the smallest, and null for every optional part, as Docker writes it', () => {
    const smallest = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };
    assert.deepEqual(
      parseImageConfig({ ...smallest, config: { Cmd: null, Volumes: null, Labels: null }, history: null }),
      {
        ...smallest,
        config: {},
      },
    );
  });

  test('refused: no layers, or layers of another kind', () => {
    refuses(() => parseImageConfig({ ...complete, rootfs: undefined }), 'IMAGE_CONFIG_INVALID', /rootfs is missing/);
    const rootfs = { type: 'zfs', diff_ids: [] };
    refuses(() => parseImageConfig({ ...complete, rootfs }), 'IMAGE_CONFIG_INVALID', /rootfs\.type/);
  });
});

describe('layout', () => {
  test('version 1 alone', () => {
    assert.deepEqual(parseImageLayout({ imageLayoutVersion: '1.0.0' }), { imageLayoutVersion: '1.0.0' });
    refuses(() => parseImageLayout({ imageLayoutVersion: '2.0.0' }), 'IMAGE_LAYOUT_INVALID', /imageLayoutVersion/);
    refuses(() => parseImageLayout({}), 'IMAGE_LAYOUT_INVALID', /imageLayoutVersion is missing/);
  });
});

describe('media types', () => {
  test('the ending of a layer’s type says how it is compressed', () => {
    for (const [type, compression] of Object.entries(LAYER_COMPRESSIONS)) {
      const ending = /[.+](gzip|zstd)$/.exec(type)?.[1] ?? 'none';
      assert.equal(compression, ending, type);
    }
  });
});
