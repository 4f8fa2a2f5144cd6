import { EnvironmentError } from '../stages/types.ts';
import { stderrProgress, type Progress } from './progress.ts';
import { sentence } from './sources.ts';
import { ensureTemporal, findTemporal, type Temporal } from './temporal.ts';
import { ensureTensorFlow, findTensorFlow, type TensorFlow } from './tensorflow.ts';

export interface Environment {
  tensorflow: TensorFlow;
  temporal: Temporal;
}

/**
 * TensorFlow and the Temporal server, brought side by side when they are missing; says nothing when both are here. Throws one
 * EnvironmentError with all that stays missing.
 */
export async function ensureEnvironment(progress: Progress = stderrProgress()): Promise<Environment> {
  const missing = [findTensorFlow() ? null : 'TensorFlow', findTemporal() ? null : 'the Temporal server'].filter(
    Boolean,
  );
  if (missing.length > 0) progress.say(`setting up ${missing.join(' and ')}: once, into the cache folder of this user`);
  const start = Date.now();
  const [tensorflow, temporal] = await Promise.allSettled([ensureTensorFlow(progress), ensureTemporal(progress)]);
  if (tensorflow.status === 'rejected' || temporal.status === 'rejected') {
    const reasons = [tensorflow, temporal].flatMap((end) => (end.status === 'rejected' ? [reason(end.reason)] : []));
    throw new EnvironmentError(reasons.join('\n'));
  }
  if (missing.length > 0) progress.say(`set up in ${Math.round((Date.now() - start) / 1000)} s`);
  return { tensorflow: tensorflow.value, temporal: temporal.value };
}

/** What is expected may have several lines; what is not gets one. */
function reason(error: unknown): string {
  return error instanceof EnvironmentError ? error.message : sentence(error);
}
