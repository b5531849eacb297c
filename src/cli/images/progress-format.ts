import { invalid } from '../../base/index.ts';
import { orUnset, single } from '../flags/make-flag.ts';

/** How pull and push tell what they do. */
export const progressFormat = single('FORMAT', 'json: what is done, an object a line', {
  complete: ['json'],
  parse: orUnset((text) => {
    if (text === 'json') return text;
    throw invalid('PROGRESS_FORMAT', 'expected json');
  }),
});
