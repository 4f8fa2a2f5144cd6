import type { TrainCost } from '../../dsl/model/cost.ts';
import { bytes, compact, flops, minutes, whole } from './numbers.ts';
import type { GenerateDetails, SampleCount, StageView, TrainDetails } from './types.ts';

export type Fact = [label: string, text: string];

/** What there is to say of a stage, a line each, without its freeze table. */
export function factsOf(stage: StageView): Fact[] {
  const facts: Fact[] = stage.data.map(({ name, count }, i) => [i === 0 ? 'data' : '', `${name}: ${countText(count)}`]);
  const { details } = stage;
  if (details.kind === 'synthesize') {
    const { train, val, size } = details.pictures;
    const { questions } = details;
    facts.push(['pictures', `${whole(train)} for training, ${whole(val)} for validation, ${size} × ${size} pixels`]);
    facts.push(['texts', `${whole(details.documents)} documents`]);
    facts.push([
      'questions',
      `train ${whole(questions.train)}, val ${whole(questions.val)}, test ${whole(questions.test)}`,
    ]);
  } else if (details.kind === 'generate') {
    facts.push(...generateFacts(details));
  } else if (details.kind === 'train') {
    facts.push(...trainFacts(details));
  } else {
    const limit = details.maxNewTokens === null ? '' : `, answers of at most ${whole(details.maxNewTokens)} tokens`;
    facts.push(['benchmark', `${details.benchmark}${limit}`]);
  }
  if (stage.asserts.length > 0) facts.push(['must hold', stage.asserts.join('; ')]);
  return facts;
}

function generateFacts({ samples, teacher, requests }: GenerateDetails): Fact[] {
  const kinds = (['conversation', 'detail', 'reasoning'] as const).filter((kind) => samples[kind] > 0);
  const sum = kinds.map((kind) => `${whole(samples[kind])} ${kind}`).join(' + ');
  const facts: Fact[] = [['makes', `${sum} = ${whole(samples.total)} samples`]];
  if (requests === null) return [...facts, ['teacher', `${teacher}: no request leaves this machine`]];
  const time =
    requests.atLeastMinutes === null ? '' : `, at least ${minutes(requests.atLeastMinutes)} at the rate allowed`;
  const budget = requests.budgetUsd === null ? ', no budget set' : `, stops before ${requests.budgetUsd} USD are spent`;
  return [...facts, ['teacher', `${teacher}: ${whole(requests.count)} requests${time}${budget}`]];
}

function trainFacts(details: TrainDetails): Fact[] {
  const { cost, epochs, batch, microBatch, length } = details;
  const facts: Fact[] = [];
  const halves = microBatch === batch ? '' : ` (micro-batches of ${whole(microBatch)})`;
  if (cost === null) {
    facts.push([
      'steps',
      `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} in batches of ${whole(batch)}${halves}: known when the data is there`,
    ]);
  } else {
    const passes = epochs === null ? passesText(cost, details) : `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
    facts.push(['steps', `${whole(cost.steps)} of ${whole(batch)}${halves}${passes === '' ? '' : ` = ${passes}`}`]);
    facts.push(['schedule', details.schedule]);
    facts.push(['tokens', `at most ${compact(cost.tokens)} (${whole(cost.seen)} samples of at most ${whole(length)})`]);
    facts.push([
      'compute',
      `at most ${flops(cost.flops.total)} (forward ${flops(cost.flops.forward)}, backward ${flops(cost.flops.backward)})`,
    ]);
    facts.push(['memory', memoryText(cost)]);
  }
  if (details.order !== null) facts.push(['order', details.order.replace('_', ' ')]);
  return facts;
}

function passesText(cost: TrainCost, { samples, objective }: TrainDetails): string {
  if (samples.samples === null || objective === 'text') return '';
  return `${(cost.seen / samples.samples).toPrecision(3)} epochs`;
}

function memoryText({ memory }: TrainCost): string {
  const { weights, gradients, moments, activations, total } = memory;
  return `about ${bytes(total)} (weights ${bytes(weights)}, gradients ${bytes(gradients)}, moments ${bytes(moments)}, activations ${bytes(activations)})`;
}

function countText({ samples, source }: SampleCount): string {
  return samples === null ? source : `${whole(samples)} samples, ${source}`;
}
