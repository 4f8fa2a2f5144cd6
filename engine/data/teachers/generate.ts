import { writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { GenerateConfig } from '../../../dsl/plan/types.ts';
import { Cancelled, DataError, type StageContext, type StageResult } from '../../stages/types.ts';
import { Random } from '../../world/random.ts';
import { loadCoco, type CocoImage } from '../formats/coco.ts';
import { contextOf, contextText } from './context.ts';
import { offlineTeacher } from './offline.ts';
import { openaiTeacher } from './openai.ts';
import { KINDS, type Kind, type QuestionAnswer, type Task, type Teacher } from './types.ts';

/** One entry of `instruct.json`: LLaVA-Instruct's fields, and what the teacher was given. */
export interface InstructEntry {
  id: string;
  image: string;
  conversations: { from: 'human' | 'gpt'; value: string }[];
  type: Kind;
  /** The text from which the turns were written. */
  context: string;
}

/** Tasks between two looks at the signal and two reports. */
const REPORT_EVERY = 200;

/** Write `instruct.json`: per kind, pictures drawn without replacement, turned into conversations by the teacher. */
export async function generate(context: StageContext<GenerateConfig>): Promise<StageResult> {
  const { config, seed, log } = context;
  if (config.from.format !== 'coco') {
    throw new DataError(
      `stage ${context.node.name}: data is generated from captions and boxes, so "from" must be a coco dataset, not ${config.from.format}`,
    );
  }
  const warn = (message: string): void => {
    log.warn(message);
  };
  const { images } = await loadCoco(config.from, context.resolve, { onWarning: warn });
  const usable = images.filter((image) => image.captions.length > 0 || image.objects.length > 0);
  if (usable.length === 0) {
    throw new DataError(
      `dataset ${config.from.name}: no picture with captions or boxes is there to generate data from`,
    );
  }
  const counts: Record<Kind, number> = {
    conversation: config.conversation,
    detail: config.detail,
    complex_reasoning: config.reasoning,
  };
  const tasks = KINDS.flatMap((kind) => drawTasks(seed, kind, counts[kind], usable));
  const short = KINDS.filter((kind) => counts[kind] > usable.length);
  if (short.length > 0) {
    warn(
      `dataset ${config.from.name} has ${String(usable.length)} pictures with captions or boxes, fewer than asked for (${short
        .map((kind) => `${kind} ${String(counts[kind])}`)
        .join(', ')}); each is used once per kind`,
    );
  }
  const teacher = teacherOf(context, usable);
  const folder = context.resolve(config.from.images);
  const entries = await write(context, teacher, tasks, folder);
  const empty = tasks.length - entries.length;
  if (empty > 0)
    warn(`${String(empty)} of ${String(tasks.length)} pictures gave no answer that could be used and are left out`);
  await writeFile(join(context.out, 'instruct.json'), JSON.stringify(entries, null, 1) + '\n');
  const of = (kind: Kind): number => entries.filter((entry) => entry.type === kind).length;
  const metrics = {
    samples: entries.length,
    conversation: of('conversation'),
    detail: of('detail'),
    complex_reasoning: of('complex_reasoning'),
    turns: entries.reduce((sum, entry) => sum + entry.conversations.length / 2, 0),
    left_out: empty,
  };
  log.info(metrics, 'instruction data generated');
  return { metrics };
}

function teacherOf(context: StageContext<GenerateConfig>, images: readonly CocoImage[]): Teacher {
  const { teacher } = context.config;
  if (teacher.kind === 'openai') return openaiTeacher(teacher, context);
  const categories = [...new Set(images.flatMap((image) => image.objects.map((o) => o.category)))].sort();
  return offlineTeacher(context.seed, categories);
}

/** Up to `count` pictures for one kind, in random order. */
function drawTasks(seed: number, kind: Kind, count: number, images: readonly CocoImage[]): Task[] {
  return new Random(seed, `draw/${kind}`)
    .sample(images, count)
    .map((image) => ({ image, kind, context: contextOf(image), stream: `${kind}/${String(image.id)}` }));
}

async function write(
  context: StageContext<GenerateConfig>,
  teacher: Teacher,
  tasks: readonly Task[],
  folder: string,
): Promise<InstructEntry[]> {
  const answers: (QuestionAnswer[] | null)[] = new Array<QuestionAnswer[] | null>(tasks.length).fill(null);
  let next = 0;
  let done = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (next < tasks.length && !failed) {
      if (context.signal.aborted) throw new Cancelled('data generation was stopped');
      const i = next++;
      try {
        answers[i] = await teacher.write(tasks[i]!);
      } catch (error) {
        failed = true;
        throw error;
      }
      done += 1;
      if (done % REPORT_EVERY === 0 || done === tasks.length || teacher.width > 1) {
        context.progress({ phase: 'generate', done, total: tasks.length, unit: 'samples' });
      }
    }
  };
  // Answers under way when one task fails are waited for: they are paid for and kept.
  const ended = await Promise.allSettled(Array.from({ length: teacher.width }, work));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return tasks.flatMap((task, i) => {
    const turns = answers[i];
    return turns ? [entryOf(context.seed, task, turns, folder)] : [];
  });
}

function entryOf(seed: number, task: Task, turns: readonly QuestionAnswer[], folder: string): InstructEntry {
  const { image, kind } = task;
  const first = new Random(seed, `order/${task.stream}`).chance(0.5);
  return {
    id: `${String(image.id).padStart(12, '0')}-${kind}`,
    image: relative(folder, image.file).split(sep).join('/'),
    conversations: turns.flatMap(({ question, answer }, i) => [
      { from: 'human' as const, value: i > 0 ? question : first ? `<image>\n${question}` : `${question}\n<image>` },
      { from: 'gpt' as const, value: answer },
    ]),
    type: kind,
    context: contextText(task.context),
  };
}
