import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModelConfig, type ModelConfig } from '../../../dsl/model/huggingface.ts';
import type { HostTensor } from '../../../ops/graph/index.ts';
import type { TensorData } from '../../../ops/io/safetensors/format.ts';
import { readSafetensors } from '../../../ops/io/safetensors/read.ts';
import { featureCount } from '../../../ops/models/clip.ts';
import { fromHuggingFace } from '../../../ops/models/huggingface.ts';
import { parameters } from '../../../ops/models/parameters.ts';

/** One row of a training curve: the state before the step's update. */
export interface CurvePoint {
  step: number;
  loss: number;
  grad_norm: number;
  lr: number;
}

export interface TrainingRun {
  /** Module names as Hugging Face calls them; the language model's head counts as a module of its own. */
  train: string[];
  lr: number;
  warmup: number;
  weight_decay: number;
  clip: number;
  /** Rows of a micro-batch. */
  micro: number;
  steps: number;
  curve: CurvePoint[];
}

export interface Expected {
  image_token: number;
  loss: number;
  grad_norm: Record<string, number>;
  align: TrainingRun;
  tune: TrainingRun;
  /** The first tokens of row 0 that are the prompt of `greedy`. */
  prompt_length: number;
  greedy: number[];
}

/** A model that Hugging Face transformers wrote, with its inputs and what it made of them. */
export interface ParityCase {
  config: ModelConfig;
  weights: Map<string, HostTensor>;
  io: Map<string, TensorData>;
  expected: Expected;
}

/** Every folder in `dir` that holds an expected.json. */
export function casesIn(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => existsSync(join(dir, name, 'expected.json')))
    .sort()
    .map((name) => join(dir, name));
}

export async function loadCase(dir: string): Promise<ParityCase> {
  const json = (name: string): unknown => JSON.parse(readFileSync(join(dir, name), 'utf8'));
  const config = readModelConfig(json('config.json'));
  const weights = new Map<string, HostTensor>();
  for (const [stored, tensor] of await readSafetensors(join(dir, 'model.safetensors'))) {
    const name = fromHuggingFace(stored);
    if (name === null) throw new Error(`${dir}: no parameter of ours is called ${stored}`);
    weights.set(name, { dtype: 'f32', ...tensor });
  }
  for (const { name, shape } of parameters(config))
    if (weights.get(name)?.shape.join() !== shape.join())
      throw new Error(`${dir}: ${name} is absent or has another shape`);
  return {
    config,
    weights,
    io: await readSafetensors(join(dir, 'io.safetensors')),
    expected: json('expected.json') as Expected,
  };
}

/** Rows `from` … `to` − 1 of a case's batch, as inputs of the loss functions. Features fill the image tokens in reading order. */
export function batchOf(
  parity: ParityCase,
  from: number,
  to: number,
): { images: number; inputs: Record<string, HostTensor> } {
  const { io, config, expected } = parity;
  const all = io.get('input_ids')!.data as Int32Array;
  const length = io.get('input_ids')!.shape[1]!;
  const perImage = featureCount(config.vision!);
  const tokensBefore = all.subarray(0, from * length).filter((id) => id === expected.image_token).length;
  const ids = all.slice(from * length, to * length);
  let next = 0;
  const slots = ids.map((id) => (id === expected.image_token ? next++ : -1));
  const images = next / perImage;
  const pixels = io.get('pixel_values')!;
  const perPicture = pixels.data.length / pixels.shape[0]!;
  const first = tokensBefore / perImage;
  const shape = [to - from, length];
  const inputs: Record<string, HostTensor> = {
    input_ids: { dtype: 'i32', shape, data: ids },
    labels: { dtype: 'i32', shape, data: (io.get('labels')!.data as Int32Array).slice(from * length, to * length) },
  };
  if (images > 0) {
    inputs.image_slots = { dtype: 'i32', shape, data: slots };
    inputs.pixel_values = {
      dtype: 'f32',
      shape: [images, ...pixels.shape.slice(1)],
      data: (pixels.data as Float32Array).slice(first * perPicture, (first + images) * perPicture),
    };
  }
  return { images, inputs };
}
