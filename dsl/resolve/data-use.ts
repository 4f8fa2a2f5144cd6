import { didYouMean, listOf } from '../diagnostics/suggest.ts';
import { FORMATS, SPLITS } from '../schema/data.ts';
import type { Format } from '../schema/data.ts';
import type { Type } from '../schema/types.ts';
import type { Value } from '../syntax/ast.ts';
import type { Evaluator } from './evaluate.ts';
import type { Decl } from './scope.ts';
import type { DataUse, Of } from './values.ts';

type DataType = Extract<Type, { is: 'data' }>;

/** `[instruct, questions.train { limit = 100 }] { sample = uniform }` → datasets with their splits. */
export function evaluateData(evaluator: Evaluator, value: Value, type: DataType, name: string): Of<'data'> | null {
  if (value.kind === 'list' && !type.many) {
    return evaluator.fail('LLV0205', value.span, { name, wanted: 'one dataset', found: 'a list' });
  }
  const items = value.kind === 'list' ? value.items : [value];
  const uses = items.map((item) => evaluateUse(evaluator, item, type, name));
  if (value.block !== null && type.block === null) return evaluator.fail('LLV0204', value.block.span, { name });
  const settings = type.block === null ? null : evaluator.nested(type.block, value);
  const good = uses.filter((use) => use !== null);
  if (good.length < uses.length) return null;
  if (good.length === 0) return evaluator.fail('LLV0401', value.span, { name });
  return { is: 'data', uses: good, settings, span: value.span };
}

/** The format of a dataset, or that of what a generate stage makes. */
export function formatOf(decl: Decl): Format | null {
  if (decl.kind === 'stage') return decl.stageKind === 'generate' ? 'instruct' : null;
  const format = decl.attributes.get('format')?.value;
  const word = format?.kind === 'path' ? format.text : '';
  return FORMATS.find((known) => known === word) ?? null;
}

function evaluateUse(evaluator: Evaluator, value: Value, type: DataType, name: string): DataUse | null {
  if (value.kind !== 'path' || value.path.segments.length > 2) {
    return evaluator.fail('LLV0205', value.span, { name, wanted: 'a dataset', found: 'something else' });
  }
  const [head, split] = value.path.segments;
  if (head === undefined) return null;
  const isData = (decl: Decl): boolean => decl.kind === 'dataset' || decl.stageKind === 'generate';
  const decl = evaluator.lookup(head.name, head.span, 'dataset', isData);
  if (decl === null) return null;
  if (!isData(decl)) return evaluator.wrongKind(decl, value.span, name, 'dataset', isData);
  const format = formatOf(decl);
  if (format === null) return null;
  const declared = [{ span: decl.name.span, message: `\`${decl.name.text}\` has the format ${format}` }];
  if (!type.formats.includes(format)) {
    const help = `\`${name}\` takes ${listOf(type.formats)}`;
    return evaluator.fail(
      'LLV0402',
      value.span,
      { name, dataset: decl.name.text, format },
      { help, related: declared },
    );
  }
  const splits =
    decl.kind === 'dataset' && decl.attributes.has('from') ? SPLITS[format].ofStage : SPLITS[format].onDisk;
  if (split !== undefined && !splits.includes(split.name)) {
    if (decl.damaged) return null;
    const help = splits.length === 0 ? `write \`${decl.name.text}\`` : didYouMean(split.name, splits, 'splits');
    return evaluator.fail(
      'LLV0403',
      split.span,
      { dataset: decl.name.text, split: split.name },
      { help, related: declared },
    );
  }
  const own = type.block !== null && value.block !== null ? evaluator.nested(type.block, value) : null;
  return { decl, split: split?.name ?? null, limit: own?.maybe('limit', 'number')?.value ?? null, span: value.span };
}
