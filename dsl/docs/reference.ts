import { CATALOGUE } from '../diagnostics/catalogue.ts';
import { listOf } from '../diagnostics/suggest.ts';
import { SPLITS } from '../schema/data.ts';
import { SCHEMA } from '../schema/index.ts';
import type { AttributeSpec, BlockSpec, Form, Type } from '../schema/types.ts';
import { UNITS } from '../schema/units.ts';
import { INTRODUCTION } from './introduction.ts';

/** The text of docs/language.md, made from the schema table and the catalogue; `node dsl/docs/write.ts` writes it. */
export function languageReference(): string {
  const parts = [INTRODUCTION.trim(), '# Reference', unitTable()];
  for (const [name, spec] of Object.entries(SCHEMA)) parts.push(blockSection(name, spec));
  parts.push(splitTable(), diagnosticTable());
  return `${parts.join('\n\n')}\n`;
}

function blockSection(name: string, spec: BlockSpec): string {
  const title = name === 'file' ? 'Top of the file' : `\`${name}\``;
  const lines = [`## ${title}`, '', spec.doc];
  const statements = spec.verbs;
  if (statements.length > 0) lines.push('', `Statements: ${statements.map((v) => `\`${v}\``).join(', ')}.`);
  lines.push('', '| attribute | value | default | meaning |', '|---|---|---|---|');
  for (const [attribute, entry] of Object.entries(spec.attributes)) lines.push(attributeRow(attribute, entry));
  const forms = Object.values(spec.attributes).flatMap(({ type }) =>
    type.is === 'choice' ? Object.entries(type.forms) : [],
  );
  if (forms.length > 0) lines.push('', ...forms.map(([word, form]) => `- ${formText(word, form)}`));
  return lines.join('\n');
}

function attributeRow(name: string, spec: AttributeSpec): string {
  const fallback = spec.required ? '**required**' : spec.default === null ? '' : `\`${spec.default}\``;
  const alias = spec.alias === undefined ? '' : ` (or \`${spec.alias}\`)`;
  return `| \`${name}\`${alias} | ${cell(typeText(spec.type))} | ${cell(fallback)} | ${cell(spec.doc)} |`;
}

function formText(word: string, form: Form): string {
  const args = form.args.map((a) => (a.optional ? `${a.name}?` : a.name)).join(', ');
  const head = args === '' ? word : `${word}(${args})`;
  const settings = form.block === null ? '' : `; settings: \`${form.block}\` below`;
  return `\`${head}\`: ${form.doc}${settings}`;
}

/** A type in words. */
export function typeText(type: Type): string {
  switch (type.is) {
    case 'number': {
      const bounds = [
        type.above === undefined ? null : `> ${type.above}`,
        type.min === undefined ? null : `≥ ${type.min}`,
        type.max === undefined ? null : `≤ ${type.max}`,
      ].filter((bound) => bound !== null);
      const units = type.units === undefined ? '' : `, ${type.units}`;
      return `${type.integer === true ? 'whole number' : 'number'}${bounds.length > 0 ? ` ${bounds.join(', ')}` : ''}${units}`;
    }
    case 'word':
      return type.values.map((value) => `\`${value}\``).join(', ');
    case 'boolean':
      return '`true`, `false`';
    case 'string':
      return 'string';
    case 'file':
      return 'path in quotes';
    case 'secret':
      return '`env("NAME")`';
    case 'ref':
      return type.stageKinds === undefined ? `a ${type.to}` : `a ${listOf(type.stageKinds)} stage`;
    case 'data':
      return `${type.many ? 'datasets' : 'a dataset'} (${listOf(type.formats)})`;
    case 'metric':
      return '`STAGE.METRIC`';
    case 'list':
      return `${typeText(type.of)}, or a list`;
    case 'block':
      return `\`{ … }\`, see \`${type.block}\``;
    case 'counts':
      return 'whole number, or one per split';
    case 'choice':
      return Object.keys(type.forms)
        .map((word) => (word === 'number' ? 'whole number' : `\`${word}\``))
        .join(', ');
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function unitTable(): string {
  const rows = Object.entries(UNITS).map(
    ([family, units]) =>
      `| ${family} | ${Object.keys(units)
        .map((u) => `\`${u}\``)
        .join(', ')} |`,
  );
  return ['## Units', '', '| family | units |', '|---|---|', ...rows].join('\n');
}

function splitTable(): string {
  const show = (splits: readonly string[]): string =>
    splits.length === 0 ? 'none' : splits.map((s) => `\`.${s}\``).join(', ');
  const rows = Object.entries(SPLITS).map(([format, s]) => `| ${format} | ${show(s.ofStage)} | ${show(s.onDisk)} |`);
  return ['## Splits', '', '| format | made by a stage | files on disk |', '|---|---|---|', ...rows].join('\n');
}

function diagnosticTable(): string {
  const rows = Object.entries(CATALOGUE).map(([code, d]) => `| ${code} | ${d.severity} | ${cell(d.message)} |`);
  return [
    '# Diagnostics',
    '',
    '`llava explain CODE` says more about each.',
    '',
    '| code | severity | message |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}
