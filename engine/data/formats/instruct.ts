import { join } from 'node:path';
import type { DatasetPlan } from '../../../dsl/plan/types.ts';
import type { LoadOptions, Resolve, Sample, Turn } from '../types.ts';
import { IMAGE_MARKER } from '../types.ts';
import type { DataFormat } from './format.ts';
import { FileIndex, readJsonEntries, reportAbsent, requirePath } from './files.ts';
import { EntryReader, kindOf } from './shape.ts';

type ConversationDataset = Extract<DatasetPlan, { format: 'instruct' | 'image_text' }>;

const ROLES: Readonly<Record<string, Turn['role']>> = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  assistant: 'assistant',
};

/**
 * LLaVA-Instruct JSON: `[{ id, image?, conversations: [{ from: "human" | "gpt", value }] }]`.
 * Turns alternate and begin with the human; `<image>` stands once, in the first turn, when there is a picture.
 * Entries whose picture is absent on disk are left out with one warning.
 */
export async function loadConversations(
  dataset: ConversationDataset,
  resolve: Resolve,
  options: LoadOptions = {},
): Promise<Sample[]> {
  const path = resolve(dataset.file);
  const folder = dataset.images === null ? null : resolve(dataset.images);
  if (folder !== null) requirePath(folder, 'folder');
  const disk = new FileIndex();
  const samples: Sample[] = [];
  let absent = 0;
  let first = '';
  let pictures = 0;
  await readJsonEntries(path, { root: 'list' }, (entry) => {
    const reader = new EntryReader(path, entry);
    const image = reader.object['image'];
    const turns = readTurns(reader, image !== undefined);
    const id = reader.object['id'];
    const sample: Sample = {
      id: typeof id === 'string' || typeof id === 'number' ? String(id) : `#${entry.index}`,
      image: null,
      turns,
    };
    if (image !== undefined) {
      if (typeof image !== 'string') throw reader.wrong(`has an "image" that is ${kindOf(image)}, not a file name`);
      if (folder === null)
        throw reader.wrong(
          `has the picture ${image}, but dataset ${dataset.name} names no folder: add \`images = "…"\``,
        );
      sample.image = join(folder, image);
      pictures++;
      if (!disk.has(sample.image)) {
        absent++;
        first ||= sample.image;
        return;
      }
    }
    samples.push(sample);
  });
  reportAbsent(dataset.name, absent, pictures, first, options.onWarning);
  return samples;
}

function readTurns(reader: EntryReader, hasImage: boolean): Turn[] {
  const turns: Turn[] = [];
  for (const [i, raw] of reader.list('conversations').entries()) {
    const { from, value } = (raw ?? {}) as { from?: unknown; value?: unknown };
    const role = typeof from === 'string' ? ROLES[from] : undefined;
    if (role === undefined)
      throw reader.wrong(
        `has a turn ${i} whose "from" is ${JSON.stringify(from) ?? 'absent'}; "human" and "gpt" are known`,
      );
    if (typeof value !== 'string')
      throw reader.wrong(`has a turn ${i} whose "value" is ${kindOf(value)}, not a string`);
    if (role !== (i % 2 === 0 ? 'user' : 'assistant'))
      throw reader.wrong(`has two turns in a row of one speaker, or begins with the answer (turn ${i})`);
    turns.push({ role, text: value, supervised: role === 'assistant' });
  }
  if (turns.length < 2) throw reader.wrong('has no question with an answer in "conversations"');
  placeImage(reader, turns, hasImage);
  return turns;
}

/** Exactly one `<image>`, in the first turn, where there is a picture; none where there is not. */
function placeImage(reader: EntryReader, turns: Turn[], hasImage: boolean): void {
  const marks = turns.map((turn) => turn.text.split(IMAGE_MARKER).length - 1);
  if (!hasImage && marks.some((n) => n > 0)) throw reader.wrong(`says ${IMAGE_MARKER} but has no "image"`);
  if (!hasImage) return;
  const total = marks.reduce((a, b) => a + b, 0);
  if (total > 1 || marks.slice(1).some((n) => n > 0))
    throw reader.wrong(`says ${IMAGE_MARKER} ${total} times; it belongs once into the first turn`);
  if (total === 0) turns[0]!.text = `${IMAGE_MARKER}\n${turns[0]!.text}`;
}

const reading: Omit<DataFormat<ConversationDataset>, 'format'> = {
  files: (d) => (d.images === null ? [d.file] : [d.file, d.images]),
  check: async (d, resolve, options) => void (await loadConversations(d, resolve, options)),
  count: async (d, resolve) => (await loadConversations(d, resolve)).length,
};

export const instruct: DataFormat<Extract<DatasetPlan, { format: 'instruct' }>> = { format: 'instruct', ...reading };

/** CC-595K's chat.json has the same form: one question of a list, the caption as its answer. */
export const imageText: DataFormat<Extract<DatasetPlan, { format: 'image_text' }>> = {
  format: 'image_text',
  ...reading,
};
