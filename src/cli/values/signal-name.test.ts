import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { signalName } from './signal-name.ts';

describe('signalName', () => {
  reads(signalName, [
    ['SIGTERM', 'SIGTERM'],
    ['term', 'SIGTERM'],
    ['sigusr1', 'SIGUSR1'],
    ['15', '15'],
    ['64', '64'],
    ['RTMIN', '34'],
    ['SIGRTMIN+3', '37'],
    ['RTMAX-1', '63'],
  ]);
  refuses(signalName, [
    ['', /expected a signal such as SIGTERM, TERM or 15/],
    ['0', /expected a signal/],
    ['65', /expected a signal/],
    ['-9', /expected a signal/],
    ['SIGFOO', /expected a signal/],
    ['RTMIN+31', /expected a signal/],
    ['constructor', /expected a signal/],
  ]);
  survivesAnyText(signalName, ['SIG', 'RTMIN', 'RTMAX', '+', '-', '1', '9']);
});
