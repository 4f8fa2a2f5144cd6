import type { TrainConfig } from '../plan/types.ts';
import { resolveRules, trainedNames } from './freeze.ts';
import {
  languageOperations,
  projectorOperations,
  similarityOperations,
  textTowerOperations,
  visionOperations,
} from './operations.ts';
import type { Operation } from './operations.ts';
import { countParameters, parametersOf } from './parameters.ts';
import { phasesOf } from './phases.ts';
import { samplesSeen, totalSteps } from './steps.ts';

/** What a train stage will cost, as far as its plan and its number of samples tell. */
export interface TrainCost {
  /** Optimizer steps. */
  steps: number;
  /** Samples seen, each as often as it is seen; the last batch may be a smaller one. */
  seen: number;
  /** At most this many tokens go through the language model (for `contrastive`: through the text tower): every sample as long as allowed. */
  tokens: number;
  /** Products only, forward and backward, with every sample as long as allowed. */
  flops: { forward: number; backward: number; total: number };
  /** Bytes at the worst moment. */
  memory: MemoryEstimate;
}

export interface MemoryEstimate {
  weights: number;
  /** Of the trained parameters. */
  gradients: number;
  /** Both of AdamW's. */
  moments: number;
  /** Kept for the backward pass of one micro-batch. */
  activations: number;
  total: number;
}

const BYTES = 4;

/**
 * Costs of a train stage, summed over its phases.
 *
 * - Forward: the products listed in operations.ts. A vision tower that is frozen throughout runs once per sample, since its
 *   features are cached, not once per epoch.
 * - Backward: a weight that is trained costs its product once more (for its gradient), and so does every product whose input depends on
 *   something trained (for the gradient that flows on). So all trained is twice the forward pass, and below the lowest
 *   trained parameter there is nothing.
 * - Memory, in 32-bit numbers: all weights, gradients and two moments of the trained ones, and the inputs that a backward pass keeps for one
 *   micro-batch. Where nothing is kept, the largest operation still stands in memory.
 *
 * @param samples of one epoch; 0 where it is not known, which a stage that declares its steps allows: then every sample counts as new
 */
export function trainCost(config: TrainConfig, samples: number): TrainCost {
  const steps = totalSteps(config, samples);
  const seen = samplesSeen(config, samples, steps);
  const phases = phasesOf(config, samples).filter((phase, i) => i === 0 || phase.fromStep < steps);
  const trainedSets = phases.map((phase) => new Set(trainedNames(resolveRules(config.model, phase.rules))));
  const towers = towersOf(config);
  const visionTrained = trainedSets.some((trained) => [...trained].some((name) => name.startsWith('vision.')));

  let forward = 0;
  let backward = 0;
  let kept = 0;
  phases.forEach((phase, i) => {
    const trained = trainedSets[i]!;
    const end = phases[i + 1]?.fromStep ?? steps;
    const inPhase = samplesSeen(config, samples, end) - samplesSeen(config, samples, phase.fromStep);
    const picture = walk(towers.vision, trained, false);
    const rest = walk(towers.main, trained, picture.reached);
    const side = walk(towers.side, trained, false);
    const join = walk(towers.join, trained, rest.reached || side.reached);
    const perSample = [rest, side, join].reduce((sum, pass) => sum + pass.forward, 0);
    forward += inPhase * (perSample + (visionTrained ? picture.forward : 0));
    backward += inPhase * [picture, rest, side, join].reduce((sum, pass) => sum + pass.backward, 0);
    kept = Math.max(kept, picture.kept + rest.kept + side.kept + join.kept);
  });
  const distinct = samples === 0 ? seen : Math.min(samples, seen);
  if (!visionTrained) forward += distinct * walk(towers.vision, new Set(), false).forward;

  const memory = memoryOf(config, new Set(trainedSets.flatMap((trained) => [...trained])), kept);
  return {
    steps,
    seen,
    tokens: seen * tokensOf(config),
    flops: { forward, backward, total: forward + backward },
    memory,
  };
}

/**
 * Parameters that the stage's loss does not depend on, e.g. layers of the vision tower above the one that is read: training
 * them is no error, but it changes nothing.
 */
export function unusedParameters(config: TrainConfig): string[] {
  const used = new Set(
    Object.values(towersOf(config)).flatMap((tower: Operation[]) => tower.flatMap((op) => op.parameters)),
  );
  return parametersOf(config.model)
    .map((parameter) => parameter.name)
    .filter((name) => !used.has(name));
}

interface Towers {
  vision: Operation[];
  /** Reads what the vision tower makes. */
  main: Operation[];
  /** CLIP's text side, which reads no picture. */
  side: Operation[];
  /** Reads both. */
  join: Operation[];
}

function towersOf(config: TrainConfig): Towers {
  const { vision, contrast, projector, language } = config.model;
  if (config.objective === 'contrastive') {
    return {
      vision: vision ? visionOperations(vision, true) : [],
      main: [],
      side: contrast ? textTowerOperations(contrast) : [],
      join: contrast && vision ? similarityOperations(contrast, vision, config.batch) : [],
    };
  }
  const sees = config.objective === 'instruct' && vision && projector && language;
  return {
    vision: sees ? visionOperations(vision, false) : [],
    main: [
      ...(sees ? projectorOperations(projector, vision, language) : []),
      ...(language ? languageOperations(language, config.length) : []),
    ],
    side: [],
    join: [],
  };
}

function tokensOf(config: TrainConfig): number {
  return config.objective === 'contrastive' ? (config.model.contrast?.context ?? 0) : config.length;
}

interface Pass {
  forward: number;
  backward: number;
  /** Numbers kept for the backward pass. */
  kept: number;
  /** What comes out depends on something trained. */
  reached: boolean;
}

/** Follows the data through one tower; `reached`: what comes in depends on something trained already. */
function walk(operations: readonly Operation[], trained: ReadonlySet<string>, reached: boolean): Pass {
  const pass: Pass = { forward: 0, backward: 0, kept: 0, reached };
  let largest = 0;
  for (const operation of operations) {
    const flops = operation.matmuls.reduce((sum, matmul) => sum + matmul.flops, 0) + operation.products;
    const ownGradients = operation.matmuls.filter((matmul) => trained.has(matmul.weight));
    pass.forward += flops;
    pass.backward += ownGradients.reduce((sum, matmul) => sum + matmul.flops, 0);
    // Both factors of a product of activations need a gradient, so it costs twice its forward pass.
    if (pass.reached) pass.backward += flops + operation.products;
    if (operation.parameters.some((name) => trained.has(name))) pass.reached = true;
    if (pass.reached) pass.kept += operation.kept;
    largest = Math.max(largest, operation.kept);
  }
  pass.kept = Math.max(pass.kept, largest);
  return pass;
}

function memoryOf(config: TrainConfig, trained: ReadonlySet<string>, keptPerSample: number): MemoryEstimate {
  const parameters = parametersOf(config.model);
  const weights = BYTES * countParameters(parameters);
  const gradients = BYTES * countParameters(parameters.filter((parameter) => trained.has(parameter.name)));
  // Every caption is compared with every picture of the batch, so the contrastive loss takes it whole.
  const atOnce = config.objective === 'contrastive' ? config.batch : config.microBatch;
  const activations = BYTES * keptPerSample * atOnce;
  const moments = 2 * gradients;
  return { weights, gradients, moments, activations, total: weights + gradients + moments + activations };
}
