import { openBinding, type Binding } from '../../ops/backend/index.ts';
import { findTensorFlow } from '../../engine/setup/tensorflow.ts';

const THREADS = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '2' };

/** TensorFlow on one thread, so that results are the same bits each time; null (and a line that says so) where it is not installed. */
export function openTensorFlow(): Binding | null {
  const found = findTensorFlow();
  if (!found) {
    console.warn('skipped: TensorFlow is not set up here (npm start sets it up)');
    return null;
  }
  Object.assign(process.env, THREADS);
  return openBinding(found.binding);
}
