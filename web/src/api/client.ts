// One door to the server: typed fetch, one error type, one place that notices a session has ended.

const BASE = '/api/v1';

/** What the server refused, with its stable code. `network` when it could not be reached at all. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly request = '',
    /** What exactly, when the server says more. */
    readonly detail = '',
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

let onSessionEnd: () => void = () => {};
/** Called whenever the server says that there is no session (any more). */
export function setSessionEndHandler(handler: () => void) {
  onSessionEnd = handler;
}

type Query = Record<string, string | number | boolean | null | undefined>;

function address(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return BASE + path + (text ? `?${text}` : '');
}

async function failure(response: Response): Promise<ApiError> {
  let code = `http-${response.status}`;
  let message = response.statusText;
  let request = '';
  let detail = '';
  try {
    const body = (await response.json()) as {
      error?: { code?: string; message?: string; request?: string; detail?: string };
    };
    code = body.error?.code ?? code;
    message = body.error?.message ?? message;
    request = body.error?.request ?? '';
    detail = body.error?.detail ?? '';
  } catch {
    // A proxy answered without our JSON: the status has to do.
  }
  return new ApiError(code, response.status, message, request, detail);
}

async function send(
  method: string,
  path: string,
  query?: Query,
  body?: unknown,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    throw new ApiError('network', 0, error instanceof Error ? error.message : String(error));
  }
  if (!response.ok) {
    if (response.status === 401 && path !== '/session') onSessionEnd();
    throw await failure(response);
  }
  return response;
}

async function call<T>(method: string, path: string, query?: Query, body?: unknown): Promise<T> {
  const text = await (await send(method, path, query, body)).text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const get = <T>(path: string, query?: Query) => call<T>('GET', path, query);
/** A file that the server makes. */
export const getFile = async (path: string, query?: Query): Promise<Blob> =>
  (await send('GET', path, query)).blob();
export const post = <T = unknown>(path: string, body: unknown = {}) =>
  call<T>('POST', path, undefined, body);
export const put = <T = unknown>(path: string, body: unknown) =>
  call<T>('PUT', path, undefined, body);
export const patch = <T = unknown>(path: string, body: unknown) =>
  call<T>('PATCH', path, undefined, body);
export const del = <T = unknown>(path: string) => call<T>('DELETE', path);

/** A path segment that may hold any character. */
export const seg = (value: string | number) => encodeURIComponent(String(value));

/** Sends a file as it is. */
export async function postFile<T>(path: string, query: Query, file: Blob): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/octet-stream' },
      body: file,
    });
  } catch (error) {
    throw new ApiError('network', 0, error instanceof Error ? error.message : String(error));
  }
  if (!response.ok) throw await failure(response);
  return (await response.json()) as T;
}
