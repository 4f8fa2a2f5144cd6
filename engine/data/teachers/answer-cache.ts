import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChatReply, ChatRequest } from './chat-client.ts';

/** Answers that were paid for, one file per request, so that a stage that was killed does not pay twice. */
export class AnswerCache {
  private readonly dir: string;
  private readonly checkLease: () => void;

  constructor(dir: string, checkLease: () => void) {
    this.dir = dir;
    this.checkLease = checkLease;
  }

  async get(endpoint: string, request: ChatRequest): Promise<ChatReply | null> {
    let text: string;
    try {
      text = await readFile(this.path(endpoint, request), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    return JSON.parse(text) as ChatReply;
  }

  /** Written aside and renamed: a kill leaves a whole answer or none. */
  async put(endpoint: string, request: ChatRequest, reply: ChatReply): Promise<void> {
    this.checkLease();
    await mkdir(this.dir, { recursive: true });
    const path = this.path(endpoint, request);
    const aside = `${path}.${randomUUID()}.part`;
    await writeFile(aside, JSON.stringify(reply));
    await rename(aside, path);
  }

  private path(endpoint: string, request: ChatRequest): string {
    const hash = createHash('sha256')
      .update(JSON.stringify([endpoint, request]))
      .digest('hex');
    return join(this.dir, `${hash}.json`);
  }
}
