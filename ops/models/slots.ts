/**
 * Where picture features go: for ids i32 [batch, length] (row-major), −1 at text and, at the n-th image token of a row, row
 * `imageOfRow[row] · features + n` of the flattened features. `imageOfRow[row]` is −1 where a row has no picture.
 *
 * Throws when a row has another number of image tokens than its picture has features.
 */
export function imageSlots(
  ids: Int32Array,
  length: number,
  imageToken: number,
  features: number,
  imageOfRow: ArrayLike<number>,
): Int32Array {
  const slots = new Int32Array(ids.length).fill(-1);
  for (let row = 0; row < ids.length / length; row++) {
    const image = imageOfRow[row] ?? -1;
    let seen = 0;
    for (let at = row * length; at < (row + 1) * length; at++)
      if (ids[at] === imageToken) slots[at] = image * features + seen++;
    const wanted = image < 0 ? 0 : features;
    if (seen !== wanted)
      throw new Error(
        `row ${row} holds ${seen} image tokens, ${wanted} are needed (${wanted ? `one for each feature of its picture` : 'it has no picture'})`,
      );
  }
  return slots;
}
