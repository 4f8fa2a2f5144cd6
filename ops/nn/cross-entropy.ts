import {
  cast,
  expandDims,
  gather,
  gatherLast,
  greaterEqual,
  log,
  logSoftmax,
  matmul,
  max,
  maximum,
  mul,
  select,
  softmax,
  sub,
  sum,
  unsortedSegmentSum,
} from '../graph/index.ts';
import type { Value } from '../graph/index.ts';

/** Labels below 0 (Hugging Face writes −100) are not supervised. */
export const IGNORED = -100;

/** How many labels are supervised, f32 []. */
export function countSupervised(labels: Value): Value {
  return sum(cast(greaterEqual(labels, 0), 'f32'));
}

/**
 * Cross entropy of a language model's head, summed over supervised rows: Σ −log softmax(h Wᵀ)[label].
 * hidden [N, D], weight [V, D], labels i32 [N] → f32 [].
 *
 * The logits' derivative is p − onehot(label). The one-hot term is never built: with g = ∂L · [label ≥ 0], both products split into
 * dh = (g ∘ p) W − g ∘ W[label] and dW = (g ∘ p)ᵀ h − Σ_rows g ∘ h at row `label`.
 */
export function linearCrossEntropy(hidden: Value, weight: Value, labels: Value): Value {
  const [loss] = hidden.graph.custom(
    [hidden, weight],
    () => {
      const logits = matmul(hidden, weight, { transposeB: true });
      const probabilities = softmax(logits);
      const supervised = cast(greaterEqual(labels, 0), 'f32');
      const losses = mul(negativeLogLikelihood(logits, probabilities, maximum(labels, 0)), supervised);
      return { outputs: [sum(losses)], saved: { probabilities, supervised } };
    },
    ([dLoss], { probabilities, supervised }, [needsHidden, needsWeight]) => {
      const g = expandDims(mul(supervised, dLoss!), -1);
      const scaled = mul(probabilities, g);
      const dHidden = () => sub(matmul(scaled, weight), mul(gather(weight, maximum(labels, 0)), g));
      const dWeight = () =>
        sub(
          matmul(scaled, hidden, { transposeA: true }),
          unsortedSegmentSum(mul(hidden, g), labelsOrNone(labels), weight.shape[0]!),
        );
      return [needsHidden ? dHidden() : undefined, needsWeight ? dWeight() : undefined];
    },
  );
  return loss!;
}

/**
 * −log softmax(logits)[label] for each row, without a second pass of exponentials: log Σ eˣ = max x − log max p, and max p ≥ 1/V, so the
 * logarithm is safe however small the label's own probability is. logits and probabilities [N, V], labels [N] → [N].
 */
function negativeLogLikelihood(logits: Value, probabilities: Value, labels: Value): Value {
  return sub(sub(max(logits, -1), log(max(probabilities, -1))), gatherLast(logits, labels));
}

/** Segment sums leave out negative ids. */
function labelsOrNone(labels: Value): Value {
  return select(greaterEqual(labels, 0), labels, -1);
}

/** Σ −log softmax(logits)[label] over rows that all have a label: logits [N, V], labels i32 [N] → f32 []. */
export function crossEntropy(logits: Value, labels: Value): Value {
  return mul(sum(gatherLast(logSoftmax(logits), labels)), -1);
}
