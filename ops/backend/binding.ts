import { createRequire } from 'node:module';
import type { Attr, DType, HostTensor } from '../graph/index.ts';
import { showShape, sizeOf } from '../graph/index.ts';

/** TensorFlow's numbers for element types (tensorflow/core/framework/types.proto). */
export const TF_DTYPE: Readonly<Record<DType, number>> = { f32: 1, i32: 3, bool: 10, bf16: 14 };

export interface TensorInfo {
  id: number;
  shape: number[];
  dtype: number;
}

export interface OpAttr {
  name: string;
  type: number;
  value: boolean | number | string | readonly number[];
}

/**
 * The N-API binding of tfjs-node, used directly: tensors are integer ids that live in native memory until they are deleted.
 * `createTensor` shares the array's memory with TensorFlow for as long as the tensor lives.
 */
export interface Binding {
  readonly TF_Version: string;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  createTensor(shape: readonly number[], dtype: number, data: HostTensor['data']): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(op: string, attrs: readonly OpAttr[], inputs: readonly number[], outputs: number): TensorInfo[];
  loadSavedModel(dir: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorInfo[];
  getNumOfTensors(): number;
  getNumOfSavedModels(): number;
  isUsingGpuDevice(): boolean;
}

/**
 * Loads the compiled binding (`tfjs_binding.node`), which loads libtensorflow. Set TF_NUM_INTRAOP_THREADS,
 * TF_NUM_INTEROP_THREADS and TF_CPP_MIN_LOG_LEVEL before: TensorFlow reads them once.
 */
export function openBinding(path: string): Binding {
  const binding: unknown = createRequire(import.meta.url)(path);
  if (!isBinding(binding)) throw new Error(`${path} is not the TensorFlow binding of tfjs-node`);
  return binding;
}

function isBinding(x: unknown): x is Binding {
  return typeof x === 'object' && x !== null && 'executeOp' in x && 'runSavedModel' in x;
}

/** Makes a native tensor of an array; the caller deletes it. */
export function upload(binding: Binding, tensor: HostTensor): number {
  if (tensor.data.length !== sizeOf(tensor.shape)) {
    throw new Error(`a tensor of shape ${showShape(tensor.shape)} cannot hold ${tensor.data.length} numbers`);
  }
  return binding.createTensor(tensor.shape, TF_DTYPE[tensor.dtype], tensor.data);
}

/** Copies a native tensor into JavaScript's memory and deletes it. */
export function download(binding: Binding, info: TensorInfo, dtype: HostTensor['dtype']): HostTensor {
  try {
    return { dtype, shape: info.shape, data: binding.tensorDataSync(info.id) };
  } finally {
    binding.deleteTensor(info.id);
  }
}

/** The form in which the binding takes an operation's attribute. */
export function opAttr(binding: Binding, name: string, attr: Attr): OpAttr {
  switch (attr.kind) {
    case 'type':
      return { name, type: binding.TF_ATTR_TYPE, value: TF_DTYPE[attr.value] };
    case 'int':
      return { name, type: binding.TF_ATTR_INT, value: attr.value };
    case 'float':
      return { name, type: binding.TF_ATTR_FLOAT, value: attr.value };
    case 'bool':
      return { name, type: binding.TF_ATTR_BOOL, value: attr.value };
    case 'string':
      return { name, type: binding.TF_ATTR_STRING, value: attr.value };
    case 'shape':
      return { name, type: binding.TF_ATTR_SHAPE, value: attr.value };
  }
}
