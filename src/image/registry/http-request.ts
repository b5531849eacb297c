export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: URL;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Made anew for each try. */
  body?: (() => string | Buffer | AsyncIterable<Uint8Array>) | undefined;
  /** Not sent again by itself: whoever sends a large body asks first how much of it has come. */
  once?: boolean | undefined;
  signal?: AbortSignal | undefined;
}
