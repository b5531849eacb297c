import { credentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** What kubelet calls, by method; messages are objects with the names of cri.proto. */
export type CriCall = (method: string, request: object) => Promise<CriAnswer>;

/** The answers that the test reads, all in one: a method fills its own part. */
export interface CriAnswer {
  pod_sandbox_id: string;
  container_id: string;
  stdout: Buffer;
  stderr: Buffer;
  exit_code: number;
  status: { state: string; exit_code: number; reason: string; runtime_handler: string; network: { ip: string } };
  stats: { memory: { working_set_bytes: { value: string } } };
}

/** A client of the CRI plugin at a socket. */
export function criClient(socket: string): { call: CriCall; close(): void } {
  const definition = loadSync(new URL('cri.proto', import.meta.url).pathname, {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
  });
  const Service = serviceOf(loadPackageDefinition(definition));
  const client = new Service(`unix://${socket}`, credentials.createInsecure());
  const call: CriCall = (method, request) => {
    const answered = Promise.withResolvers<CriAnswer>();
    client[method]?.(request, (error: Error | null, answer: CriAnswer) => {
      if (error) answered.reject(new Error(`${method}: ${error.message}`));
      else answered.resolve(answer);
    });
    return answered.promise;
  };
  return { call, close: () => client.close() };
}

/** The loader's result has no types. */
function serviceOf(loaded: ReturnType<typeof loadPackageDefinition>): ServiceClientConstructor {
  const { runtime } = loaded as unknown as { runtime: { v1: { RuntimeService: ServiceClientConstructor } } };
  return runtime.v1.RuntimeService;
}
