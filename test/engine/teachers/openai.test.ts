import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GenerateConfig } from '../../../dsl/plan/types.ts';
import { drawWorld, TINY } from '../world/support.ts';
import { Bench, worldCoco } from './support.ts';

interface Request {
  model: string;
  messages: { role: string; content: string }[];
}
interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

const SECRET = 'sk-test-4f9a';
const KEY = 'LLAVA_TEST_TEACHER_KEY';

/** A chat endpoint on this machine that answers as `respond` says and keeps what it was asked. */
class Endpoint {
  readonly requests: { request: Request; authorization: string | undefined }[] = [];
  respond: (request: Request, n: number) => Reply = () => ({ status: 500, body: {} });
  private readonly server: Server;

  constructor() {
    this.server = createServer((incoming, outgoing) => {
      void read(incoming).then((text) => {
        const request = JSON.parse(text) as Request;
        this.requests.push({ request, authorization: incoming.headers.authorization });
        const { status, headers, body } = this.respond(request, this.requests.length);
        outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
        outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/v1`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

async function read(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

const completion = (content: string): Reply => ({
  status: 200,
  body: {
    choices: [{ message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 1000, completion_tokens: 500 },
  },
});

/** What a well-behaved model says: it tells the number of boxes it was given. */
function behaved(request: Request): Reply {
  const given = request.messages[request.messages.length - 1]!.content;
  const boxes = given.split('\n').filter((line) => line.includes(': [')).length;
  return /Describe the image/.test(request.messages[0]!.content)
    ? completion(`There are ${String(boxes)} things.`)
    : completion(`Question:\nHow many things are there?\n===\nAnswer:\nThere are ${String(boxes)}.`);
}

let world: Awaited<ReturnType<typeof drawWorld>>;
let bench: Bench;
let endpoint: Endpoint;
let baseUrl: string;

beforeAll(async () => {
  world = await drawWorld(TINY, 7);
});
afterAll(() => {
  world.remove();
});
beforeEach(async () => {
  process.env[KEY] = SECRET;
  bench = new Bench();
  endpoint = new Endpoint();
  baseUrl = await endpoint.listen();
});
afterEach(async () => {
  delete process.env[KEY];
  bench.remove();
  await endpoint.close();
});

function config(change: Partial<Extract<GenerateConfig['teacher'], { kind: 'openai' }>> = {}, n = 3): GenerateConfig {
  return {
    kind: 'generate',
    from: worldCoco(world.dir, 'train'),
    teacher: { kind: 'openai', model: 'gpt-4', keyEnv: KEY, baseUrl, budgetUsd: null, perMinute: null, ...change },
    conversation: n,
    detail: n,
    reasoning: n,
  };
}

describe('the chat teacher', () => {
  it('sends the system message, an example, captions and boxes, and writes what comes back', async () => {
    endpoint.respond = behaved;
    const { entries, log } = await bench.generate(config());
    expect(entries).toHaveLength(9);
    expect(endpoint.requests).toHaveLength(9);
    const { request, authorization } = endpoint.requests[0]!;
    expect(authorization).toBe(`Bearer ${SECRET}`);
    expect(request.model).toBe('gpt-4');
    expect(request.messages.map((m) => m.role)).toEqual(['system', 'user', 'assistant', 'user']);
    for (const entry of entries) {
      const boxes = entry.context.split('\n').filter((line) => /: \[\d\.\d{3}, /.test(line)).length;
      expect(entry.conversations[1]!.value).toContain(`There are ${String(boxes)}`);
      expect(endpoint.requests.some(({ request: r }) => r.messages[3]!.content === entry.context)).toBe(true);
    }
    expect(log).not.toContain(SECRET);
  });

  it('tries again after 429, waiting as long as Retry-After says, and after 503', async () => {
    const times: number[] = [];
    endpoint.respond = (request, n) => {
      times.push(Date.now());
      if (n === 1) return { status: 429, headers: { 'retry-after': '1' }, body: {} };
      if (n === 2) return { status: 503, headers: { 'retry-after': '0' }, body: 'busy' };
      return behaved(request);
    };
    const { entries, warnings } = await bench.generate({ ...config(), conversation: 1, detail: 0, reasoning: 0 });
    expect(entries).toHaveLength(1);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(950);
    expect(warnings.map((w) => /HTTP \d+/.exec(w)?.[0])).toEqual(['HTTP 429', 'HTTP 503']);
  });

  it('pays once for each answer when the stage is cut off and started again', async () => {
    endpoint.respond = (request, n) => (n <= 5 ? behaved(request) : { status: 401, body: {} });
    await expect(bench.generate(config({}, 4))).rejects.toThrow(/refuses the key \(HTTP 401\)/);
    const paid = endpoint.requests.slice(0, 5).map(({ request }) => JSON.stringify(request));
    const before = endpoint.requests.length;
    endpoint.respond = behaved;
    const { entries } = await bench.generate(config({}, 4));
    expect(entries).toHaveLength(12);
    const later = endpoint.requests.slice(before).map(({ request }) => JSON.stringify(request));
    expect(later).toHaveLength(12 - 5);
    for (const request of paid) expect(later).not.toContain(request);
    await bench.generate(config({}, 4));
    expect(endpoint.requests).toHaveLength(before + 7);
  });

  it('asks again when the reply has the wrong form, and leaves the picture out at last', async () => {
    endpoint.respond = () => completion('I would rather not.');
    const { entries, warnings } = await bench.generate({ ...config(), conversation: 2, detail: 0, reasoning: 0 });
    expect(entries).toEqual([]);
    expect(endpoint.requests).toHaveLength(6);
    expect(warnings[warnings.length - 1]).toMatch(/2 of 2 pictures gave no answer/);
  });

  it('stops at the budget', async () => {
    endpoint.respond = behaved;
    // 1000 prompt and 500 completion tokens of gpt-4 cost 6 cents.
    await expect(bench.generate(config({ budgetUsd: 0.1 }, 20))).rejects.toThrow(/budget of 0.1 usd is used up/);
    expect(endpoint.requests.length).toBeLessThan(20);
    await expect(bench.generate(config({ budgetUsd: 1, model: 'unheard-of' }))).rejects.toThrow(/no price is known/);
  });

  it('keeps the rate', async () => {
    endpoint.respond = behaved;
    const start = Date.now();
    await bench.generate({ ...config({ perMinute: 600 }), conversation: 6, detail: 0, reasoning: 0 });
    expect(Date.now() - start).toBeGreaterThanOrEqual(450);
  });

  it('says which variable is missing, what was refused, and never the key', async () => {
    delete process.env[KEY];
    await expect(bench.generate(config())).rejects.toThrow(new RegExp(`${KEY}, which is not set`));
    process.env[KEY] = SECRET;
    endpoint.respond = () => ({ status: 400, body: { error: { message: `bad key ${SECRET}` } } });
    const failure = await bench.generate(config()).catch((error: unknown) => String(error));
    expect(failure).toMatch(/HTTP 400/);
    expect(failure).not.toContain(SECRET);
    endpoint.respond = () => ({ status: 200, body: '<html>hello</html>' });
    await expect(bench.generate(config())).rejects.toThrow(/not JSON; is the base URL right\?/);
  });

  it('stops when it is asked to', async () => {
    const stop = new AbortController();
    endpoint.respond = (request, n) => {
      if (n === 2) stop.abort();
      return behaved(request);
    };
    await expect(bench.generate(config({}, 15), { signal: stop.signal })).rejects.toMatchObject({ name: 'Cancelled' });
    expect(endpoint.requests.length).toBeLessThan(45);
  });
});
