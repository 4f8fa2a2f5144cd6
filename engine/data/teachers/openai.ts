import { join } from 'node:path';
import type { GenerateConfig, TeacherPlan } from '../../../dsl/plan/types.ts';
import { DataError, EnvironmentError, type StageContext } from '../../stages/types.ts';
import { Random } from '../../world/random.ts';
import { AnswerCache } from './answer-cache.ts';
import { ChatClient, type ChatReply, type ChatRequest } from './chat-client.ts';
import { contextText } from './context.ts';
import { MalformedReply, parseReply } from './parse.ts';
import { PROMPTS } from './prompts.ts';
import { DETAIL_QUESTIONS } from './questions.ts';
import type { Task, Teacher } from './types.ts';

type OpenAi = Extract<TeacherPlan, { kind: 'openai' }>;

const DEFAULT_URL = 'https://api.openai.com/v1';

/** Requests under way at once. */
const WIDTH = 8;

/** Asks per picture before a picture is left out because no reply had the right form. */
const TRIES = 3;

/** US dollars per million tokens, prompt and completion, as listed by OpenAI; only for keeping a budget. */
const PRICES: Record<string, readonly [number, number]> = {
  'gpt-4': [30, 60],
  'gpt-4-turbo': [10, 30],
  'gpt-4o': [2.5, 10],
  'gpt-4o-mini': [0.15, 0.6],
  'gpt-3.5-turbo': [0.5, 1.5],
};

/**
 * The paper's teacher: a chat model that reads captions and boxes (any OpenAI-compatible endpoint). Answers are kept in the stage's work
 * folder by the hash of their request.
 * @throws EnvironmentError when the key is not in the environment; DataError when a budget is set for a model without a known price
 */
export function openaiTeacher(plan: OpenAi, context: StageContext<GenerateConfig>): Teacher {
  const key = process.env[plan.keyEnv];
  if (key === undefined || key === '') {
    throw new EnvironmentError(
      `stage ${context.node.name}: the teacher's key is read from ${plan.keyEnv}, which is not set`,
    );
  }
  const price = PRICES[plan.model];
  if (plan.budgetUsd !== null && price === undefined) {
    throw new DataError(
      `stage ${context.node.name}: no price is known for model "${plan.model}", so its budget cannot be kept; known: ${Object.keys(PRICES).join(', ')}. Leave "budget" out for others`,
    );
  }
  const baseUrl = plan.baseUrl ?? DEFAULT_URL;
  const client = new ChatClient({
    baseUrl,
    key,
    perMinute: plan.perMinute,
    signal: context.signal,
    onRetry: (message) => {
      context.log.warn(message);
    },
  });
  const cache = new AnswerCache(join(context.work, 'answers'), context.checkLease);
  let spent = 0;

  async function answer(request: ChatRequest): Promise<ChatReply> {
    const kept = await cache.get(baseUrl, request);
    const reply = kept ?? (await pay(request));
    if (price) spent += (reply.promptTokens * price[0] + reply.completionTokens * price[1]) / 1e6;
    return reply;
  }

  async function pay(request: ChatRequest): Promise<ChatReply> {
    if (plan.budgetUsd !== null && spent >= plan.budgetUsd) {
      throw new DataError(
        `stage ${context.node.name}: the budget of ${String(plan.budgetUsd)} usd is used up; raise it and resume, the answers so far are kept`,
      );
    }
    const reply = await client.ask(request);
    await cache.put(baseUrl, request, reply);
    return reply;
  }

  return {
    width: WIDTH,
    async write(task) {
      const question = new Random(context.seed, task.stream).pick(DETAIL_QUESTIONS);
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const { content } = await answer(requestFor(plan.model, task, context.seed + attempt));
        try {
          return parseReply(task.kind, content, question);
        } catch (error) {
          if (!(error instanceof MalformedReply)) throw error;
          context.log.warn(`teacher: picture ${String(task.image.id)}, ${task.kind}: ${error.message}`);
        }
      }
      return null;
    },
  };
}

/** System message, worked examples, then the picture's captions and boxes. */
export function requestFor(model: string, task: Task, seed: number): ChatRequest {
  const { system, seeds } = PROMPTS[task.kind];
  return {
    model,
    messages: [
      { role: 'system', content: system },
      ...seeds.flatMap((example) => [
        { role: 'user' as const, content: example.context },
        { role: 'assistant' as const, content: example.answer },
      ]),
      { role: 'user', content: contextText(task.context) },
    ],
    temperature: 0.7,
    seed,
  };
}
