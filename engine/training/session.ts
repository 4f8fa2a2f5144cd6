import { openBinding, type Binding } from '../../ops/backend/index.ts';
import { ensureTensorFlow } from '../setup/tensorflow.ts';

let opened: Promise<Binding> | null = null;

/** TensorFlow in this process, loaded once. Only compute processes call it: TensorFlow's calls block. */
export function openTensorFlow(): Promise<Binding> {
  opened ??= ensureTensorFlow().then(({ binding }) => openBinding(binding));
  return opened;
}
