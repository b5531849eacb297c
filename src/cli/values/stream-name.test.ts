import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { explainFormat } from './explain-format.ts';
import { streamName } from './stream-name.ts';

describe('streamName', () => {
  reads(streamName, [['STDOUT', 'stdout']]);
  refuses(streamName, [['out', /expected stdin, stdout or stderr/]]);
});

describe('explainFormat', () => {
  reads(explainFormat, [['json', 'json']]);
  refuses(explainFormat, [['yaml', /expected text or json/]]);
});
