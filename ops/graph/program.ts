import { Graph, declareVariable, type DType, type Value, type VariableSpec } from './ir.ts';
import type { Shape } from './shape.ts';

/** One function of a program: what is fed, what comes out, what it writes (`graph.effects`). */
export interface FunctionSpec {
  readonly name: string;
  readonly graph: Graph;
  readonly outputs: Readonly<Record<string, Value>>;
}

/**
 * Functions that share variables. Within a call every read of a variable happens before every write.
 *
 *     const program = new Program();
 *     program.define('step', (g) => {
 *       const w = g.variable('w', [2]);
 *       g.assign('w', mul(w, 0.5));
 *       return { before: w };
 *     });
 */
export class Program {
  readonly variables = new Map<string, VariableSpec>();
  readonly functions = new Map<string, FunctionSpec>();

  /** Declares a variable that no function may have mentioned yet. */
  variable(name: string, shape: Shape, dtype: DType = 'f32'): void {
    declareVariable(this.variables, { name, shape, dtype });
  }

  /** Adds a function; `build` records its body and returns its outputs by name. */
  define(name: string, build: (g: Graph) => Record<string, Value>): void {
    if (this.functions.has(name)) throw new Error(`program: a function named ${name} is defined already`);
    const graph = new Graph(this.variables);
    const outputs = build(graph);
    for (const [key, value] of Object.entries(outputs)) {
      if (value.graph !== graph) throw new Error(`program: output ${key} of ${name} belongs to another function`);
      if (value.dtype === 'bf16') throw new Error(`program: output ${key} of ${name} is bf16; cast it to f32`);
    }
    this.functions.set(name, { name, graph, outputs });
  }
}
