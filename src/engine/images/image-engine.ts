import type { ImageEngine } from '../../spec/index.ts';
import type { EngineContext } from '../engine-context.ts';

/** The verbs of images, with what containers have to say about them. */
export function imageEngine({ images, store }: EngineContext): ImageEngine {
  const isUsed = (id: string) => store.all().find(({ state }) => state.imageId === id)?.state.name;
  return {
    pull: (request) => images.pull(request),
    push: (request) => images.push(request),
    tags: (name, options) => images.tags(name, options),
    referrers: (reference, options) => images.referrers(reference, options),
    login: (request) => images.login(request),
    logout: (server) => images.logout(server),
    list: async () => images.list(),
    tag: (source, name) => images.tag(source, name),
    remove: (reference, options) => images.remove(reference, { ...options, isUsed }),
    inspect: (reference) => images.inspect(reference),
    save: (references) => images.save(references),
    load: (source) => images.load(source),
    import: (archive, options = {}) => images.import(archive, options),
    prune: ({ all = false, matches = () => true } = {}) =>
      images.prune({ all, matches, isUsed: (id) => isUsed(id) !== undefined }),
  };
}
