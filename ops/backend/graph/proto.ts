/**
 * The few messages of TensorFlow's protocol buffers that a SavedModel without assets needs, written field by field. Field numbers are
 * those of tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto and
 * tensorflow/core/protobuf/{saved_model,meta_graph}.proto.
 */
import protobuf from 'protobufjs/minimal.js';
import type { Attr, HostTensor, Shape } from '../../graph/index.ts';
import { TF_DTYPE } from '../binding.ts';

const { Writer } = protobuf;
type Writer = protobuf.Writer;

/** Wire types of the encoding, in the low three bits of a field's tag. */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

const tag = (field: number, wire: number): number => (field << 3) | wire;

/** GraphDef.versions.producer: a GraphDef version that every TensorFlow 2 accepts. */
const GRAPH_PRODUCER = 1087;

export type NodeAttr = Attr | { kind: 'tensor'; value: HostTensor };

export interface NodeDef {
  name: string;
  op: string;
  /** `node` for its first output, `^node` for a control dependency. */
  inputs: readonly string[];
  attrs: Readonly<Record<string, NodeAttr>>;
}

/** A SavedModel of one graph under the tag `serve`, without signatures: functions are run by the names of their nodes. */
export function encodeSavedModel(nodes: readonly NodeDef[]): Uint8Array {
  const graph = Writer.create();
  for (const node of nodes) {
    writeNode(graph.uint32(tag(1, BYTES)).fork(), node).ldelim();
  }
  graph.uint32(tag(4, BYTES)).fork().uint32(tag(1, VARINT)).int32(GRAPH_PRODUCER).ldelim();
  const meta = Writer.create();
  meta.uint32(tag(1, BYTES)).fork().uint32(tag(4, BYTES)).string('serve').ldelim();
  meta.uint32(tag(2, BYTES)).bytes(graph.finish());
  return Writer.create().uint32(tag(1, VARINT)).int64(1).uint32(tag(2, BYTES)).bytes(meta.finish()).finish();
}

function writeNode(w: Writer, node: NodeDef): Writer {
  w.uint32(tag(1, BYTES)).string(node.name).uint32(tag(2, BYTES)).string(node.op);
  for (const input of node.inputs) w.uint32(tag(3, BYTES)).string(input);
  for (const [name, attr] of Object.entries(node.attrs)) {
    w.uint32(tag(5, BYTES)).fork().uint32(tag(1, BYTES)).string(name);
    writeAttr(w.uint32(tag(2, BYTES)).fork(), attr).ldelim();
    w.ldelim();
  }
  return w;
}

function writeAttr(w: Writer, attr: NodeAttr): Writer {
  switch (attr.kind) {
    case 'string':
      return w.uint32(tag(2, BYTES)).string(attr.value);
    case 'int':
      return w.uint32(tag(3, VARINT)).int64(attr.value);
    case 'float':
      return w.uint32(tag(4, FIXED32)).float(attr.value);
    case 'bool':
      return w.uint32(tag(5, VARINT)).bool(attr.value);
    case 'type':
      return w.uint32(tag(6, VARINT)).int32(TF_DTYPE[attr.value]);
    case 'shape':
      return writeShape(w.uint32(tag(7, BYTES)).fork(), attr.value).ldelim();
    case 'tensor':
      return writeTensor(w.uint32(tag(8, BYTES)).fork(), attr.value).ldelim();
  }
}

function writeShape(w: Writer, shape: Shape): Writer {
  for (const n of shape) w.uint32(tag(2, BYTES)).fork().uint32(tag(1, VARINT)).int64(n).ldelim();
  return w;
}

function writeTensor(w: Writer, tensor: HostTensor): Writer {
  w.uint32(tag(1, VARINT)).int32(TF_DTYPE[tensor.dtype]);
  writeShape(w.uint32(tag(2, BYTES)).fork(), tensor.shape).ldelim();
  // tensor_content: the numbers' bytes, little-endian as on every machine that Node runs on.
  const { buffer, byteOffset, byteLength } = tensor.data;
  return w.uint32(tag(4, BYTES)).bytes(new Uint8Array(buffer, byteOffset, byteLength));
}
