/**
 * Greedy decoding as a program with a key–value cache in variables. Two functions for each prompt bucket of L tokens, T steps a call:
 *
 * - `prefill.L`: the prompts, padded on the right → the first new token of each row; writes the prompts' keys and values.
 * - `steps.L`: T further tokens of each row; reads the cache once, writes the new keys and values once.
 *
 * Row r's n-th new token stands at position lengths[r] + n, as if nothing were padded; all rows write cache slot n.
 */
import { add, argmax, concat, equal, expandDims, gather, less, mul, Program, reshape, select } from '../graph/index.ts';
import type { Graph, Value } from '../graph/index.ts';
import { featureCount } from '../models/clip.ts';
import type { LanguageConfig, ModelConfig } from '../models/config.ts';
import { required } from '../models/config.ts';
import type { KeyValues } from '../models/llama.ts';
import { embedTokens, llamaLayers, logitsOf } from '../models/llama.ts';
import { llavaEmbeddings } from '../models/llava.ts';
import type { Weights } from '../models/weights.ts';
import { weightsOf } from '../models/weights.ts';
import { attentionOver, causalMask, MASKED } from '../nn/attention.ts';
import type { MemoryPart } from '../nn/attention.ts';
import { ropeTable } from '../nn/rope.ts';
import type { RopeTable } from '../nn/rope.ts';

export interface GenerationShape {
  /** Rows of a batch. */
  batch: number;
  /** Prompt lengths that a batch is padded to, ascending. */
  buckets: readonly number[];
  /** Cache slots for new tokens: a multiple of `steps`. */
  slots: number;
  /** Tokens that one call makes. */
  steps: number;
  /** Whether rows may have a picture, given as features of the vision tower. */
  pictures: boolean;
}

export const prefillName = (bucket: number): string => `prefill.${bucket}`;
export const stepsName = (bucket: number): string => `steps.${bucket}`;

/** Builds the functions above. Inputs and outputs are documented beside each. */
export function generationProgram(config: ModelConfig, shape: GenerationShape): Program {
  const program = new Program();
  for (const bucket of shape.buckets) {
    program.define(prefillName(bucket), (g) => prefill(g, config, shape, bucket));
    program.define(stepsName(bucket), (g) => steps(g, config, shape, bucket));
  }
  return program;
}

/**
 * Inputs: `input_ids` i32 [B, L], `lengths` i32 [B] (tokens of each prompt, ≥ 1), and with pictures `image_slots` i32 [B, L] and
 * `image_features` f32 [B, N, Wv]. Output: `token` i32 [B].
 */
function prefill(g: Graph, config: ModelConfig, shape: GenerationShape, bucket: number): Record<string, Value> {
  const language = required(config, 'language');
  const w = weightsOf(g, config);
  const { batch } = shape;
  const ids = g.input('input_ids', [batch, bucket], 'i32');
  const lengths = g.input('lengths', [batch], 'i32');
  const embeddings = llavaEmbeddings(w, config, ids, shape.pictures ? pictureInputs(g, config, batch, bucket) : null);
  const mask = causalMask(g, bucket);
  const table = ropeTable(g, bucket, language.headDim, language.ropeTheta);
  const hidden = llamaLayers(w, language, embeddings, table, (layer, queries, own) => {
    const names = cacheNames('prompt', bucket, layer);
    g.assign(names.keys, own.keys);
    g.assign(names.values, own.values);
    return attentionOver(queries, [{ ...own, mask }]);
  });
  const rowStarts = g.constant(
    Int32Array.from({ length: batch }, (_, row) => row * bucket - 1),
    [batch],
    'i32',
  );
  const last = gather(reshape(hidden, [batch * bucket, language.width]), add(rowStarts, lengths));
  return { token: argmax(logitsOf(w, language, last)) };
}

function pictureInputs(g: Graph, config: ModelConfig, batch: number, bucket: number) {
  const vision = required(config, 'vision');
  const slots = g.input('image_slots', [batch, bucket], 'i32');
  const features = g.input('image_features', [batch, featureCount(vision), vision.width]);
  return { pictures: { features }, slots };
}

/**
 * Inputs: `token` i32 [B] (the newest of each row), `lengths` i32 [B] (of the prompts), `call` i32 [] (0, 1, …: how many calls came before).
 * Output: `tokens` i32 [B, T], the next ones.
 */
function steps(g: Graph, config: ModelConfig, shape: GenerationShape, bucket: number): Record<string, Value> {
  const language = required(config, 'language');
  const w = weightsOf(g, config);
  const { batch, steps: count, slots } = shape;
  let token = g.input('token', [batch], 'i32');
  const lengths = g.input('lengths', [batch], 'i32');
  const call = g.input('call', [], 'i32');
  const done = mul(call, count);
  const past = pastParts(g, language, shape, bucket, lengths, done);
  const table = ropeTable(g, bucket + slots, language.headDim, language.ropeTheta);
  // Keys and values made in this call, per layer and step.
  const fresh: KeyValues[][] = past.map(() => []);
  const tokens: Value[] = [];
  for (let step = 0; step < count; step++) {
    const rope = ropeAt(table, add(add(lengths, done), step), language.headDim);
    const x = embedTokens(w, reshape(token, [batch, 1]));
    const hidden = llamaLayers(w, language, x, rope, (layer, queries, own) => {
      fresh[layer]!.push(own);
      return attentionOver(queries, [...past[layer]!, { ...joined(fresh[layer]!), mask: null }]);
    });
    token = nextToken(w, language, hidden);
    tokens.push(token);
  }
  fresh.forEach((own, layer) => {
    const names = cacheNames('new', bucket, layer);
    const { keys, values } = joined(own);
    g.assign(names.keys, replaceChunk(cache(g, names.keys, language, shape), keys, call));
    g.assign(names.values, replaceChunk(cache(g, names.values, language, shape), values, call));
  });
  return {
    tokens: concat(
      tokens.map((t) => expandDims(t, 1)),
      1,
    ),
  };
}

/** What each layer may look back at: the prompt up to its length, and the slots that earlier calls have filled. */
function pastParts(
  g: Graph,
  language: LanguageConfig,
  shape: GenerationShape,
  bucket: number,
  lengths: Value,
  done: Value,
): MemoryPart[][] {
  const { batch, slots } = shape;
  const promptMask = reshape(before(g, bucket, reshape(lengths, [batch, 1])), [batch, 1, 1, 1, bucket]);
  const newMask = before(g, slots, done);
  const size = [batch, language.kvHeads, bucket, language.headDim];
  return Array.from({ length: language.layers }, (_, layer) => {
    const prompt = cacheNames('prompt', bucket, layer);
    const fresh = cacheNames('new', bucket, layer);
    return [
      { keys: g.variable(prompt.keys, size), values: g.variable(prompt.values, size), mask: promptMask },
      { keys: cache(g, fresh.keys, language, shape), values: cache(g, fresh.values, language, shape), mask: newMask },
    ];
  });
}

/** 0 at places 0 … end − 1 and MASKED from there on: end broadcasts against [count]. */
function before(g: Graph, count: number, end: Value): Value {
  const places = g.constant(
    Int32Array.from({ length: count }, (_, i) => i),
    [count],
    'i32',
  );
  return select(less(places, end), g.constant(0), g.constant(MASKED));
}

/** Rows of the table at one position per batch row: [B] → [B, 1, 1, d]. */
function ropeAt({ cos, sin }: RopeTable, positions: Value, headDim: number): RopeTable {
  const at = (values: Value) => reshape(gather(values, positions), [positions.shape[0]!, 1, 1, headDim]);
  return { cos: at(cos), sin: at(sin) };
}

function joined(parts: readonly KeyValues[]): KeyValues {
  return {
    keys: concat(
      parts.map((p) => p.keys),
      2,
    ),
    values: concat(
      parts.map((p) => p.values),
      2,
    ),
  };
}

/** The likeliest token after the only position: [B, 1, D] → i32 [B]. */
function nextToken(w: Weights, language: LanguageConfig, hidden: Value): Value {
  return argmax(logitsOf(w, language, reshape(hidden, [hidden.shape[0]!, language.width])));
}

/** The cache [B, Hkv, slots, d] with the slots of call number `call` replaced by those of `chunk` [B, Hkv, T, d]. */
function replaceChunk(whole: Value, chunk: Value, call: Value): Value {
  const [batch, heads, slots, dim] = whole.shape as [number, number, number, number];
  const size = chunk.shape[2]!;
  const calls = slots / size;
  const g = whole.graph;
  const numbers = g.constant(
    Int32Array.from({ length: calls }, (_, i) => i),
    [calls, 1, 1],
    'i32',
  );
  const split = reshape(whole, [batch, heads, calls, size, dim]);
  return reshape(select(equal(numbers, call), expandDims(chunk, 2), split), whole.shape);
}

function cache(g: Graph, name: string, language: LanguageConfig, { batch, slots }: GenerationShape): Value {
  return g.variable(name, [batch, language.kvHeads, slots, language.headDim]);
}

/** Variables of a layer's cache: of the prompt, one pair for each bucket; of new tokens, one pair for all. */
export function cacheNames(part: 'prompt' | 'new', bucket: number, layer: number): { keys: string; values: string } {
  const at = part === 'prompt' ? `cache.prompt.${bucket}.${layer}` : `cache.new.${layer}`;
  return { keys: `${at}.keys`, values: `${at}.values` };
}
