import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled, DataError, EnvironmentError } from '../../stages/types.ts';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  temperature: number;
  seed: number;
}

export interface ChatReply {
  content: string;
  promptTokens: number;
  completionTokens: number;
}

export interface ChatOptions {
  baseUrl: string;
  /** Sent as a bearer token; never logged nor put into a message. */
  key: string;
  /** Requests per minute at most, or null. */
  perMinute: number | null;
  signal: AbortSignal;
  onRetry(message: string): void;
  /** Waits between attempts without a Retry-After header: this many milliseconds, doubled each time. */
  backoffMs?: number;
}

const ATTEMPTS = 6;
const REQUEST_TIMEOUT_MS = 180_000;
const LONGEST_WAIT_MS = 120_000;

/** Asks any endpoint that speaks OpenAI's chat completions; tries again on 429, 5xx and lost connections. */
export class ChatClient {
  private readonly options: ChatOptions;
  private nextSlot = 0;

  constructor(options: ChatOptions) {
    this.options = options;
  }

  /** @throws EnvironmentError when the endpoint cannot be had or refuses the key; DataError when it refuses the request. */
  async ask(request: ChatRequest): Promise<ChatReply> {
    const { backoffMs = 1000, onRetry } = this.options;
    for (let attempt = 1; ; attempt++) {
      await this.slot();
      const outcome = await this.once(request);
      if ('content' in outcome) return outcome;
      if (attempt >= ATTEMPTS) {
        throw new EnvironmentError(
          `teacher at ${this.options.baseUrl}: ${outcome.why} after ${String(ATTEMPTS)} attempts; try again later`,
        );
      }
      const wait = Math.min(outcome.retryAfterMs ?? backoffMs * 2 ** (attempt - 1), LONGEST_WAIT_MS);
      onRetry(`teacher: ${outcome.why}; next attempt in ${String(Math.round(wait / 100) / 10)} s`);
      await this.pause(wait);
    }
  }

  private async once(request: ChatRequest): Promise<ChatReply | { why: string; retryAfterMs: number | null }> {
    const { baseUrl, key, signal } = this.options;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${baseUrl.replace(/\/+$/, '')}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify(request),
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      text = await response.text();
    } catch (error) {
      if (signal.aborted) throw new Cancelled('data generation was stopped; answers so far are kept');
      return { why: `no connection (${reason(error)})`, retryAfterMs: null };
    }
    if (response.status === 429 || response.status >= 500) {
      return { why: `HTTP ${String(response.status)}`, retryAfterMs: retryAfter(response.headers.get('retry-after')) };
    }
    if (response.status === 401 || response.status === 403) {
      throw new EnvironmentError(`teacher at ${baseUrl} refuses the key (HTTP ${String(response.status)})`);
    }
    if (!response.ok)
      throw new DataError(
        `teacher at ${baseUrl} refuses the request (HTTP ${String(response.status)}): ${said(text, key)}`,
      );
    return readReply(text, baseUrl);
  }

  /** Wait for the next free place under the rate limit. */
  private async slot(): Promise<void> {
    const { perMinute } = this.options;
    if (perMinute === null) return;
    const now = Date.now();
    const at = Math.max(now, this.nextSlot);
    this.nextSlot = at + 60_000 / perMinute;
    if (at > now) await this.pause(at - now);
  }

  private async pause(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.options.signal });
    } catch {
      throw new Cancelled('data generation was stopped; answers so far are kept');
    }
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Seconds or an HTTP date (RFC 9110, section 10.2.3) in milliseconds from now. */
function retryAfter(value: string | null): number | null {
  if (value === null) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/** The server's own message, shortened, without the key should it be echoed. */
function said(text: string, key: string): string {
  const clean = key === '' ? text : text.replaceAll(key, '***');
  return clean.slice(0, 300);
}

function readReply(text: string, baseUrl: string): ChatReply {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new DataError(`teacher at ${baseUrl} answered with something that is not JSON; is the base URL right?`);
  }
  const content = at(body, 'choices', 0, 'message', 'content');
  if (typeof content !== 'string')
    throw new DataError(`teacher at ${baseUrl} answered without choices[0].message.content`);
  const tokens = (name: string): number => {
    const n = at(body, 'usage', name);
    return typeof n === 'number' ? n : 0;
  };
  return { content, promptTokens: tokens('prompt_tokens'), completionTokens: tokens('completion_tokens') };
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
