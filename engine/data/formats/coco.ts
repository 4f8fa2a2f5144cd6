import { join } from 'node:path';
import type { DatasetPlan } from '../../../dsl/plan/types.ts';
import { DataError } from '../../stages/types.ts';
import type { LoadOptions, Resolve } from '../types.ts';
import type { DataFormat } from './format.ts';
import { FileIndex, readJsonEntries, reportAbsent, requirePath } from './files.ts';
import { EntryReader } from './shape.ts';

export type CocoDataset = Extract<DatasetPlan, { format: 'coco' }>;

export interface CocoObject {
  category: string;
  /** [x, y, width, height] in pixels from the upper left corner. */
  bbox: [number, number, number, number];
}

export interface CocoImage {
  id: number;
  /** Absolute path. */
  file: string;
  width: number;
  height: number;
  /** In file order. */
  captions: string[];
  /** In file order; crowd regions are left out, as their boxes are not of one object. */
  objects: CocoObject[];
}

/** A COCO image list with nothing looked up on disk. */
interface Listed extends CocoImage {
  name: string;
}

/**
 * COCO captions and instances (cocodataset.org, "Data format"), joined by image id, in the order of the captions file.
 * Pictures that are listed but absent on disk are left out with one warning.
 */
export async function loadCoco(
  dataset: CocoDataset,
  resolve: Resolve,
  options: LoadOptions = {},
): Promise<{ images: CocoImage[] }> {
  const folder = resolve(dataset.images);
  requirePath(folder, 'folder');
  const captionsFile = resolve(dataset.captions);
  const listed = await readCaptions(captionsFile);
  const present = leaveOutAbsent(dataset, [...listed.values()], folder, options);
  await addObjects(resolve(dataset.instances), listed);
  return { images: present };
}

/** Only pictures and captions; for counting and for training, which need no boxes. */
export async function loadCocoCaptions(
  dataset: CocoDataset,
  resolve: Resolve,
  options: LoadOptions = {},
): Promise<{ images: CocoImage[] }> {
  const folder = resolve(dataset.images);
  requirePath(folder, 'folder');
  const listed = await readCaptions(resolve(dataset.captions));
  return { images: leaveOutAbsent(dataset, [...listed.values()], folder, options) };
}

/** Every picture of a captions file by id, with its captions; `file` is empty and nothing is looked up on disk. */
export async function readCaptions(path: string): Promise<Map<number, Listed>> {
  const images = new Map<number, Listed>();
  const pending: { id: number; caption: string; entry: EntryReader }[] = [];
  let lists = 0;
  await readJsonEntries(path, { root: 'object', lists: ['images', 'annotations'] }, (entry) => {
    const reader = new EntryReader(path, entry);
    lists |= entry.key === 'images' ? 1 : 2;
    if (entry.key === 'images') {
      const id = reader.number('id');
      const name = reader.string('file_name');
      images.set(id, {
        id,
        name,
        file: '',
        width: reader.number('width'),
        height: reader.number('height'),
        captions: [],
        objects: [],
      });
    } else {
      pending.push({ id: reader.number('image_id'), caption: reader.string('caption').trim(), entry: reader });
    }
  });
  if (lists !== 3) {
    throw new DataError(
      `${path}: no ${lists & 1 ? 'annotations' : 'images'} in it. A COCO captions file holds "images" and "annotations".`,
    );
  }
  // "annotations" may stand before "images", so they are joined only now.
  for (const { id, caption, entry } of pending) {
    const image = images.get(id);
    if (image === undefined) throw entry.wrong(`names image_id ${id}, which is not in "images"`);
    if (caption !== '') image.captions.push(caption);
  }
  return images;
}

async function addObjects(path: string, images: ReadonlyMap<number, CocoImage>): Promise<void> {
  const categories = new Map<number, string>();
  const found: { image: CocoImage; category: number; bbox: CocoObject['bbox']; entry: EntryReader }[] = [];
  await readJsonEntries(path, { root: 'object', lists: ['annotations', 'categories'] }, (entry) => {
    const reader = new EntryReader(path, entry);
    if (entry.key === 'categories') {
      categories.set(reader.number('id'), reader.string('name'));
      return;
    }
    const image = images.get(reader.number('image_id'));
    if (image === undefined || reader.object['iscrowd'] === 1) return;
    const bbox = reader.list('bbox');
    if (bbox.length !== 4 || !bbox.every((n) => typeof n === 'number' && Number.isFinite(n)))
      throw reader.wrong('has a "bbox" that is not four numbers');
    // Only what a later message needs is kept: the polygons of a large file would fill the memory.
    const kept = new EntryReader(path, { ...entry, value: { id: reader.object['id'] } });
    found.push({ image, category: reader.number('category_id'), bbox: bbox as CocoObject['bbox'], entry: kept });
  });
  for (const { image, category, bbox, entry } of found) {
    const name = categories.get(category);
    if (name === undefined) throw entry.wrong(`names category_id ${category}, which is not in "categories"`);
    image.objects.push({ category: name, bbox });
  }
}

function leaveOutAbsent(dataset: CocoDataset, listed: Listed[], folder: string, options: LoadOptions): CocoImage[] {
  const disk = new FileIndex();
  const present: CocoImage[] = [];
  let first = '';
  for (const image of listed) {
    image.file = join(folder, image.name);
    if (disk.has(image.file)) present.push(image);
    else first ||= image.file;
  }
  reportAbsent(dataset.name, listed.length - present.length, listed.length, first, options.onWarning);
  return present;
}

export const coco: DataFormat<CocoDataset> = {
  format: 'coco',
  files: (d) => [d.captions, d.instances, d.images],
  check: async (d, resolve, options) => void (await loadCoco(d, resolve, options)),
  count: async (d, resolve, use) => {
    if (use === 'text')
      return [...(await readCaptions(resolve(d.captions))).values()].reduce((n, image) => n + image.captions.length, 0);
    const { images } = await loadCocoCaptions(d, resolve);
    return use === 'instruct' ? images.reduce((n, image) => n + image.captions.length, 0) : images.length;
  },
};
