import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { groupValue, userValue } from './user.ts';

describe('userValue', () => {
  reads(userValue, [
    ['root', 'root'],
    ['1000:1000', '1000:1000'],
    [':100', ':100'],
  ]);
  refuses(userValue, [
    ['', /expected USER\[:GROUP\] by name or number, such as 1000:1000/],
    ['a:', /expected USER/],
    ['a:b:c', /expected USER/],
    ['a b', /expected USER/],
  ]);
});

describe('groupValue', () => {
  reads(groupValue, [['audio', 'audio']]);
  refuses(groupValue, [
    ['', /expected a group/],
    ['a:b', /expected a group/],
  ]);
});
