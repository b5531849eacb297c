import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { volumeValue } from './volume.ts';

describe('volumeValue', () => {
  const bind = { type: 'bind' as const, createSource: true, readOnly: false };
  reads(volumeValue, [
    ['/a:/b', { ...bind, source: '/a', target: '/b' }],
    ['./a:/b/', { ...bind, source: './a', target: '/b' }],
    ['..:/b', { ...bind, source: '..', target: '/b' }],
    ['/a:/b:ro', { ...bind, source: '/a', target: '/b', readOnly: true, recursiveReadOnly: true }],
    ['/a:/b:rw,rslave', { ...bind, source: '/a', target: '/b', propagation: 'rslave' }],
    ['/a:/b:z,cached', { ...bind, source: '/a', target: '/b', options: ['z'] }],
    ['data:/b:nocopy', { type: 'volume', source: 'data', target: '/b', readOnly: false, options: ['nocopy'] }],
    ['/b', { type: 'volume', target: '/b', readOnly: false }],
  ]);
  refuses(volumeValue, [
    ['', /expected \[SOURCE:\]TARGET\[:OPTIONS\] such as/],
    ['data', /expected \[SOURCE:\]TARGET/],
    ['/a:b', /expected \[SOURCE:\]TARGET/],
    ['/a:/b:', /expected \[SOURCE:\]TARGET/],
    [':/b', /expected \[SOURCE:\]TARGET/],
    ['/a:/b:ro:x', /expected \[SOURCE:\]TARGET/],
    ['/a:/', /nothing can be mounted over the container's root/],
    ['a/b:/c', /'a\/b' is no volume name/],
    ['~/b:/c', /is no volume name/],
    ['/a:/b:rx', /expected ro, rw, z, Z or a propagation such as rslave once each, not 'rx'/],
    ['/a:/b:ro,rw', /once each, not 'rw'/],
    ['/a:/b:nocopy', /not 'nocopy'/],
    ['data:/b:rslave', /expected ro, rw or nocopy once each/],
  ]);
  survivesAnyText(volumeValue, ['/a', ':', 'data', './', 'ro', ',', 'rslave', '..']);
});
