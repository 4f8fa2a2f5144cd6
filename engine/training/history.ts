/** One optimizer step, as it is kept in checkpoints and in `history.json`. No times: a resumed run must give the same bytes. */
export interface HistoryRow {
  step: number;
  /** Mean loss over the supervised tokens (contrastive: over the pairs) of the batch. */
  loss: number;
  /** Global L2 norm of the gradient before clipping. */
  gradNorm: number;
  /** Learning rate of the first group, i.e. that of the first rule that trains something. */
  lr: number;
}

/** Mean loss of the last `count` steps; NaN when there are none. */
export function recentLoss(history: readonly HistoryRow[], count: number): number {
  const last = history.slice(-count);
  return last.reduce((sum, row) => sum + row.loss, 0) / last.length;
}
