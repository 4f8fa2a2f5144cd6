import type { Reporter } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Value } from '../syntax/ast.ts';
import type { Param, Scope } from './scope.ts';

/** `param scale = "13b" in ["7b", "13b"]`: the value, wherever it came from, is one of the list. */
export function checkParams(scope: Scope, reporter: Reporter): void {
  for (const param of scope.params.values()) checkParam(param, reporter);
}

/** One param against its list. */
export function checkParam(param: Param, reporter: Reporter): void {
  if (param.allowed === null) return;
  const allowed = param.allowed.items.map(written);
  const found = written(param.value);
  if (allowed.includes(found)) return;
  const related = [{ span: param.allowed.span, message: 'allowed values' }];
  const help = didYouMean(found, allowed, 'allowed');
  reporter.report('LLV0209', param.value.span, { name: param.name.text, found }, { help, related });
}

/** A value as text, for comparison. */
function written(value: Value): string {
  if (value.kind === 'string')
    return value.parts.map((p) => ('literal' in p ? p.literal : `\${${p.reference}}`)).join('');
  if (value.kind === 'number') return `${value.value}${value.unit ?? ''}`;
  return value.span.source.text.slice(value.span.start, value.span.end);
}
