import { posix } from 'node:path';
import type { Decl } from '../resolve/scope.ts';
import { Broken } from '../resolve/values.ts';
import type { DataUse, Settings } from '../resolve/values.ts';
import { formatOf } from '../resolve/data-use.ts';
import type { Context } from './context.ts';
import type { DatasetPlan, FileRef, StageId } from './types.ts';

/** The id of a stage that was lowered before. */
export type IdOf = (stage: string) => StageId;

type Images = Extract<DatasetPlan, { format: 'instruct' }>['images'];

/**
 * A dataset with its files. Those of a stage have conventional names in its artifact: `captions_SPLIT.json`, `instances_SPLIT.json`,
 * `images/`, `text.txt` (`text_SPLIT.txt`), `science_qa/problems.json`, `science_qa/pid_splits.json`, `science_qa/images/`, `instruct.json`.
 */
export function lowerData(context: Context, use: DataUse, idOf: IdOf): DatasetPlan {
  const { decl, split } = use;
  if (decl.kind === 'stage') return lowerGenerated(context, decl, idOf);
  const settings = context.settings(decl);
  const name = split === null ? decl.name.text : `${decl.name.text}.${split}`;
  const from = settings.maybe('from', 'ref');
  const samples = samplesOf(settings, split);
  const format = formatOf(decl);
  if (from !== null) {
    const generated = from.decl.stageKind === 'generate';
    if (generated) return { ...lowerGenerated(context, from.decl, idOf), name };
    return ofStage(idOf(from.decl.name.text), format, name, split, samples);
  }
  const file = (attribute: string): FileRef => onDisk(context, settings, attribute);
  requireFiles(context, decl, settings);
  switch (format) {
    case 'coco':
      return {
        format,
        name,
        captions: file('captions'),
        instances: file('instances'),
        images: file('images'),
        samples,
      };
    case 'instruct':
      return {
        format,
        name,
        file: file('file'),
        images: settings.maybe('images', 'string') ? file('images') : null,
        samples,
      };
    case 'image_text':
      return { format, name, file: file('file'), images: file('images'), samples };
    case 'text':
      return { format, name, file: file('file'), samples };
    case 'science_qa': {
      const dir = settings.maybe('dir', 'string');
      const inDir = (attribute: string, leaf: string): FileRef => {
        if (settings.maybe(attribute, 'string') !== null || dir === null) return file(attribute);
        return { file: posix.join(context.planPath(dir), leaf) };
      };
      const hasImages = dir !== null || settings.maybe('images', 'string') !== null;
      return {
        format,
        name,
        problems: inDir('problems', 'problems.json'),
        splits: inDir('splits', 'pid_splits.json'),
        images: hasImages ? inDir('images', 'images') : null,
        split: splitOf(split),
        samples,
      };
    }
    case null:
      throw new Broken();
  }
}

function ofStage(
  stage: StageId,
  format: DatasetPlan['format'] | null,
  name: string,
  split: string | null,
  samples: number | null,
): DatasetPlan {
  const at = (path: string): FileRef => ({ stage, path });
  switch (format) {
    case 'coco': {
      const part = split ?? 'train';
      const [captions, instances] = [at(`captions_${part}.json`), at(`instances_${part}.json`)];
      return { format, name, captions, instances, images: at('images'), samples };
    }
    case 'text':
      return {
        format,
        name,
        file: at(split === null || split === 'train' ? 'text.txt' : `text_${split}.txt`),
        samples,
      };
    case 'science_qa':
      return {
        format,
        name,
        problems: at('science_qa/problems.json'),
        splits: at('science_qa/pid_splits.json'),
        images: at('science_qa/images'),
        split: splitOf(split),
        samples,
      };
    default:
      throw new Broken();
  }
}

/** What a generate stage makes: conversations about the pictures of its source. */
function lowerGenerated(context: Context, stage: Decl, idOf: IdOf): DatasetPlan {
  const settings = context.settings(stage);
  const [use] = settings.get('from', 'data').uses;
  if (use === undefined) throw new Broken();
  const source = lowerData(context, use, idOf);
  const images: Images = source.format === 'text' ? null : source.images;
  const samples = ['conversation', 'detail', 'reasoning'].reduce((sum, kind) => sum + settings.number(kind), 0);
  const name = stage.name.text;
  return { format: 'instruct', name, file: { stage: idOf(name), path: 'instruct.json' }, images, samples };
}

/** Counts that a file on disk declares; those of a stage's artifact are the stage's affair. */
function samplesOf(settings: Settings, split: string | null): number | null {
  const counts = settings.maybe('samples', 'counts');
  if (counts === null) return null;
  if (counts.all !== null) return counts.all;
  if (split !== null) return counts.splits[split] ?? null;
  const all = Object.values(counts.splits);
  return all.length === 0 ? null : all.reduce((sum, n) => sum + n, 0);
}

function splitOf(split: string | null): 'train' | 'val' | 'test' | null {
  return split === 'train' || split === 'val' || split === 'test' ? split : null;
}

function onDisk(context: Context, settings: Settings, attribute: string): FileRef {
  const value = settings.get(attribute, 'string');
  const file = context.planPath(value);
  if (!context.place.files.exists(context.diskPath(file))) {
    const help = 'the path is relative to the experiment file (one given by --set: to the current directory)';
    context.reporter.report('LLV0405', value.span, { file }, { help });
  }
  return { file };
}

/** Files that a dataset on disk cannot do without, as one diagnostic. */
function requireFiles(context: Context, decl: Decl, settings: Settings): void {
  const needed: Record<DatasetPlan['format'], string[]> = {
    coco: ['captions', 'instances', 'images'],
    instruct: ['file'],
    image_text: ['file', 'images'],
    text: ['file'],
    science_qa: settings.maybe('dir', 'string') === null ? ['problems', 'splits'] : [],
  };
  const missing = needed[formatOf(decl) ?? 'text'].filter((name) => settings.maybe(name, 'string') === null);
  if (missing.length === 0) return;
  if (settings.damaged) throw new Broken();
  const help = `add ${missing.map((name) => `\`${name} = "…"\``).join(', ')}, or \`from = STAGE\``;
  context.reporter.report('LLV0404', decl.name.span, { name: decl.name.text, missing: missing.join(', ') }, { help });
  throw new Broken();
}
