// Talks to the server this page came from. The token stays in memory.
let token = null;

/** An answer that is an error: the text says what is wrong, where, the value and the remedy. */
export class ServerError extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export function useToken(value) {
  token = value;
}

export function get(path) {
  return call(path, {});
}

export function postJson(path, body, signal) {
  return call(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal });
}

export function postFile(path, file, signal) {
  return call(path, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file, signal });
}

async function call(path, init) {
  const headers = { ...init.headers };
  if (token !== null) headers.Authorization = 'Bearer ' + token;
  let response;
  try {
    response = await fetch(path, { ...init, headers, cache: 'no-store' });
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new ServerError(0, 'The server does not answer. Is xanesml-edge serve still running?');
  }
  const text = await response.text();
  let content = null;
  try {
    content = JSON.parse(text);
  } catch {
    throw new ServerError(response.status, 'The server answered ' + response.status + ' without a reason.');
  }
  if (!response.ok) throw new ServerError(response.status, content.detail ?? content.title ?? 'The server answered ' + response.status + '.');
  return content;
}
