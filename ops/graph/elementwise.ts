/** Operations that work number by number; two operands broadcast as in NumPy. */
import { typeAttr, boolAttr, type DType, type Operand, type Value } from './ir.ts';
import { broadcastShapes, sameShape, ShapeError, type Shape } from './shape.ts';

type Unary = (x: Value) => Value;
type Binary = (a: Operand, b: Operand) => Value;

function unary(op: string): Unary {
  return (x) => {
    requireFloat(op, x);
    return x.graph.add(op, [x], { T: typeAttr(x.dtype) }, x.shape, x.dtype);
  };
}

/** −x */
export const neg = unary('Neg');
export const exp = unary('Exp');
/** Natural logarithm. */
export const log = unary('Log');
export const sqrt = unary('Sqrt');
/** 1/√x */
export const rsqrt = unary('Rsqrt');
export const square = unary('Square');
export const abs = unary('Abs');
export const tanh = unary('Tanh');
/** Gauss's error function, 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf = unary('Erf');
/** 1/(1+e⁻ˣ) */
export const sigmoid = unary('Sigmoid');
export const relu = unary('Relu');
export const sin = unary('Sin');
export const cos = unary('Cos');

function binary(op: string, result?: DType): Binary {
  return (a, b) => {
    const [x, y] = operands(op, a, b);
    const shape = broadcastShapes(op, x.shape, y.shape);
    const left = unrepeated(x, y, shape);
    return x.graph.add(op, [left, unrepeated(y, left, shape)], { T: typeAttr(x.dtype) }, shape, result ?? x.dtype);
  };
}

/** The operation broadcasts by itself: what `broadcastTo` repeated need not be written out when the other operand has the full shape. */
function unrepeated(x: Value, other: Value, shape: Shape): Value {
  const node = x.graph.node(x);
  return node.op === 'BroadcastTo' && sameShape(other.shape, shape) ? node.inputs[0]! : x;
}

export const add = binary('AddV2');
export const sub = binary('Sub');
export const mul = binary('Mul');
/** a/b; for floats only. */
export const div = binary('RealDiv');
export const maximum = binary('Maximum');
export const minimum = binary('Minimum');
export const equal = binary('Equal', 'bool');
export const notEqual = binary('NotEqual', 'bool');
export const less = binary('Less', 'bool');
export const lessEqual = binary('LessEqual', 'bool');
export const greater = binary('Greater', 'bool');
export const greaterEqual = binary('GreaterEqual', 'bool');

function logical(op: string): (a: Value, b: Value) => Value {
  return (a, b) => {
    requireBool(op, a);
    requireBool(op, b);
    return a.graph.add(op, [a, b], {}, broadcastShapes(op, a.shape, b.shape), 'bool');
  };
}

export const logicalAnd = logical('LogicalAnd');
export const logicalOr = logical('LogicalOr');

export function logicalNot(x: Value): Value {
  requireBool('LogicalNot', x);
  return x.graph.add('LogicalNot', [x], {}, x.shape, 'bool');
}

/** Where the condition holds a, elsewhere b; all three broadcast. */
export function select(condition: Value, a: Operand, b: Operand): Value {
  requireBool('select', condition);
  const [x, y] =
    typeof a === 'number' && typeof b === 'number'
      ? [condition.graph.constant(a), condition.graph.constant(b)]
      : operands('select', a, b);
  const shape: Shape = broadcastShapes('select', condition.shape, broadcastShapes('select', x.shape, y.shape));
  return x.graph.add('SelectV2', [condition, x, y], { T: typeAttr(x.dtype) }, shape, x.dtype);
}

/** The same numbers in another dtype; float → i32 cuts the fraction off, bool → number gives 0 and 1. */
export function cast(x: Value, dtype: DType): Value {
  if (x.dtype === dtype) return x;
  return x.graph.add(
    'Cast',
    [x],
    { SrcT: typeAttr(x.dtype), DstT: typeAttr(dtype), Truncate: boolAttr(false) },
    x.shape,
    dtype,
  );
}

/** The value itself, but no derivative goes through it. */
export function stopGradient(x: Value): Value {
  return x.graph.custom(
    [],
    () => ({ outputs: [x], saved: null }),
    () => [],
  )[0]!;
}

export function isFloat(x: Value): boolean {
  return x.dtype === 'f32' || x.dtype === 'bf16';
}

export function requireFloat(op: string, x: Value): void {
  if (!isFloat(x)) throw new ShapeError(`${op}: needs a float value, got ${x.dtype}; cast it first`);
}

function requireBool(op: string, x: Value): void {
  if (x.dtype !== 'bool') throw new ShapeError(`${op}: needs a bool value, got ${x.dtype}`);
}

function operands(op: string, a: Operand, b: Operand): [Value, Value] {
  if (typeof a === 'number') {
    if (typeof b === 'number') throw new ShapeError(`${op}: two numbers make no graph; one operand must be a value`);
    return [b.graph.constant(a, [], b.dtype), b];
  }
  const y = typeof b === 'number' ? a.graph.constant(b, [], a.dtype) : b;
  if (a.dtype !== y.dtype) throw new ShapeError(`${op}: dtypes ${a.dtype} and ${y.dtype} differ; cast one of them`);
  return [a, y];
}
