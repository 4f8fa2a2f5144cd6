import type { Random } from '../../world/random.ts';
import type { SceneContext } from './context.ts';
import { groupWords } from './conversation.ts';
import { area, byCategory, place, relation, singles } from './geometry.ts';
import { isOrAre, listing, sentence } from './wording.ts';

/** Objects whose places are told one by one, at most; the rest is only counted. */
const PLACED = 6;

/** A description of any picture in one piece: what people say of it, what is there and how often, what is where, how it lies together. */
export function detail(random: Random, context: SceneContext): string {
  const { captions, objects } = context;
  const parts: string[] = random.sample(captions, 2).map(sentence);
  const groups = [...byCategory(objects)];
  if (groups.length > 0) {
    const [category, group] = groups[0]!;
    const named = groups.map(([c, members]) => groupWords(c, members.length));
    parts.push(`There ${isOrAre(category, group.length)} ${listing(named)} in the picture.`);
  }
  const placed = [...objects].sort((a, b) => area(b.box) - area(a.box)).slice(0, PLACED);
  for (const [category, group] of byCategory(placed)) {
    const where = [...new Set(group.map((o) => place(o.box)))].map((p) => `at the ${p}`);
    const all = objects.filter((o) => o.category === category).length;
    if (all === 1) parts.push(`The ${category} ${isOrAre(category, 1)} ${where[0]!}.`);
    else if (where.length === 1 && all === group.length)
      parts.push(`All ${groupWords(category, all)} are ${where[0]!}.`);
    else
      parts.push(
        `${capital(groupWords(category, group.length))} ${isOrAre(category, group.length)} ${listing(where)}.`,
      );
  }
  const alone = singles(placed.filter((o) => objects.filter((p) => p.category === o.category).length === 1));
  for (let i = 0; i + 1 < alone.length && i < 2; i++) {
    const [a, b] = [alone[i]!, alone[i + 1]!];
    const how = relation(a.box, b.box);
    if (how) parts.push(`The ${a.category} ${isOrAre(a.category, 1)} ${how} the ${b.category}.`);
  }
  return parts.join(' ');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
