import type { ImageUser } from '../../image/index.ts';
import type { ImageEngine } from '../../spec/index.ts';
import type { EngineContext } from '../engine-context.ts';
import { mountedImages, mountImage, unmountImage } from './image-mounts.ts';
import { whileRemoving } from './image-removals.ts';

/** The verbs of images, with what containers and mounts have to say about them. */
export function imageEngine(context: EngineContext): ImageEngine {
  const { images, store } = context;
  const userOf = (id: string): ImageUser | undefined => {
    const container = store.all().find(({ state }) => state.imageId === id)?.state.name;
    if (container !== undefined) return { what: `container ${container}`, release: `keelson rm ${container}` };
    const mount = mountedImages(context).find((mounted) => mounted.id === id);
    return mount && { what: `the mount at ${mount.path}`, release: `keelson image unmount ${mount.names[0] ?? id}` };
  };
  return {
    pull: (request) => images.pull(request),
    push: (request) => images.push(request),
    tags: (name, options) => images.tags(name, options),
    referrers: (reference, options) => images.referrers(reference, options),
    login: (request) => images.login(request),
    logout: (server) => images.logout(server),
    list: async () => images.list(),
    tag: (source, name) => images.tag(source, name),
    remove: (reference, options) =>
      images.remove(reference, { ...options, userOf, removing: (id, work) => whileRemoving(context, [id], work) }),
    inspect: (reference) => images.inspect(reference),
    save: (references) => images.save(references),
    load: (source) => images.load(source),
    import: (archive, options = {}) => images.import(archive, options),
    mount: (reference) => mountImage(context, reference),
    unmount: (reference, options) => unmountImage(context, reference, options),
    mounted: async () => mountedImages(context),
    prune: ({ all = false, matches = () => true } = {}) =>
      images.prune({
        all,
        matches,
        isUsed: (id) => userOf(id) !== undefined,
        removing: (ids, work) => whileRemoving(context, ids, work),
      }),
  };
}
