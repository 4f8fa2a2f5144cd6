import { nearNames } from './near.ts';
import { parsePattern } from './pattern-grammar.ts';
import type { IndexSelector, Segment } from './pattern-grammar.ts';

export interface PatternMatch {
  /** Names of the parameters at and below the pattern, in the order in which they were given; empty when there is a problem. */
  parameters: string[];
  problem: PatternProblem | null;
}

/** Why a pattern names no parameter: the segment that leads nowhere, as offsets in the pattern's text, and what would lead somewhere. */
export interface PatternProblem {
  kind: 'syntax' | 'unknown-segment' | 'not-a-list' | 'needs-index' | 'out-of-range' | 'empty-range';
  message: string;
  start: number;
  end: number;
  /** What may have been meant instead of text[start, end), closest first. */
  near: string[];
  /** All that may stand there. */
  allowed: string[];
}

interface Node {
  children: Map<string, Node>;
  path: string;
}

/**
 * The parameters that a module path pattern names (grammar in pattern-grammar.ts). Never throws.
 *
 * Bounds that are written out must exist: `layers[0..31]` in a tower of 24 layers is a problem and is not cut to size, because
 * a rule that reaches fewer layers than it says is a mistake more often than a wish.
 */
export function matchPattern(text: string, names: readonly string[]): PatternMatch {
  const parsed = parsePattern(text);
  if (!parsed.ok) {
    const { message, start, end } = parsed;
    return { parameters: [], problem: { kind: 'syntax', message, start, end, near: [], allowed: [] } };
  }
  let nodes = [treeOf(names)];
  for (const segment of parsed.pattern.segments) {
    const step = follow(nodes, segment);
    if (step.problem) return { parameters: [], problem: step.problem };
    nodes = step.nodes;
  }
  const within = new Set(nodes.flatMap((node) => leavesOf(node)));
  return { parameters: names.filter((name) => within.has(name)), problem: null };
}

type Step = { nodes: Node[]; problem: null } | { nodes: []; problem: PatternProblem };

function follow(nodes: Node[], segment: Segment): Step {
  const named = nodes.flatMap((node) => {
    if (segment.name === '*') return [...node.children.values()];
    const child = node.children.get(segment.name);
    return child ? [child] : [];
  });
  if (named.length === 0) return fail(unknownSegment(nodes, segment));
  const { index } = segment;
  if (!index) return { nodes: named, problem: null };

  // After `*` some places are lists and some are not; only the lists can be meant.
  const lists = named.filter(isList);
  if (lists.length === 0) return fail(notAList(named, segment));
  const chosen = lists.map((list) => select(list, segment, index));
  const good = chosen.filter((step) => step.problem === null);
  return good.length > 0 ? { nodes: good.flatMap((step) => step.nodes), problem: null } : chosen[0]!;
}

function select(list: Node, segment: Segment, index: IndexSelector): Step {
  const items = [...list.children.values()];
  if (index.kind === 'all') return { nodes: items, problem: null };
  const count = items.length;
  const place = (written: number) => (written < 0 ? count + written : written);
  const first = index.first === null ? 0 : place(index.first);
  const last = index.last === null ? count - 1 : place(index.last);
  const where = { start: index.start, end: index.end, near: [], allowed: [] };
  const range = `0 to ${count - 1} (or -${count} to -1)`;
  for (const [written, at] of [[index.first, first] as const, [index.last, last] as const]) {
    if (written !== null && (at < 0 || at >= count)) {
      const message = `\`${list.path}\` has ${count} ${count === 1 ? 'item' : 'items'}: ${written} is not in ${range}`;
      return fail({ kind: 'out-of-range', message, ...where });
    }
  }
  if (first > last) {
    return fail({
      kind: 'empty-range',
      message: `from ${first} to ${last}, \`${segment.name}[…]\` holds nothing`,
      ...where,
    });
  }
  return { nodes: items.slice(first, last + 1), problem: null };
}

function unknownSegment(nodes: Node[], segment: Segment): PatternProblem {
  const { name, start } = segment;
  const end = start + name.length;
  const list = nodes.find(isList);
  if (list) {
    const inside = [...list.children.values()].flatMap((item) => [...item.children.keys()]);
    if (inside.includes(name)) {
      const message = `\`${list.path}\` is a list of ${list.children.size}: say which, e.g. \`${lastName(list)}[*].${name}\``;
      // The dot before the segment goes with it.
      return { kind: 'needs-index', message, start: start - 1, end, near: [`[*].${name}`], allowed: [] };
    }
    if (/^\d+$/.test(name)) {
      const count = list.children.size;
      const message = `\`${list.path}\` has ${count} items: ${name} is not in 0 to ${count - 1}`;
      return { kind: 'out-of-range', message, start, end, near: [], allowed: [] };
    }
  }
  const allowed = [...new Set(nodes.flatMap((node) => [...node.children.keys()]))];
  const places = nodes.filter((node) => node.path !== '');
  const place = places.length === 0 ? 'the model has' : `\`${places[0]!.path}\` has`;
  const message = allowed.length === 0 ? `\`${places[0]?.path ?? ''}\` has no parts` : `${place} no part \`${name}\``;
  return { kind: 'unknown-segment', message, start, end, near: nearNames(name, allowed), allowed: listed(allowed) };
}

function notAList(nodes: Node[], segment: Segment): PatternProblem {
  const node = nodes[0]!;
  const lists = [...node.children.values()].filter(isList).map(lastName);
  return {
    kind: 'not-a-list',
    message: `\`${node.path}\` is not a list, so \`[…]\` selects nothing`,
    start: segment.start,
    end: segment.start + segment.name.length,
    near: lists.map((list) => `${segment.name}.${list}`),
    allowed: lists,
  };
}

/** Layer numbers 0 … 39 as one entry, so that a help line stays a line. */
function listed(names: string[]): string[] {
  const words = names.filter((name) => !/^\d+$/.test(name));
  const count = names.length - words.length;
  return count > 0 ? [...words, `0 to ${count - 1}`] : words;
}

function isList(node: Node): boolean {
  return node.children.size > 0 && [...node.children.keys()].every((key) => /^\d+$/.test(key));
}

function lastName(node: Node): string {
  return node.path.slice(node.path.lastIndexOf('.') + 1);
}

function treeOf(names: readonly string[]): Node {
  const root: Node = { children: new Map(), path: '' };
  for (const name of names) {
    let node = root;
    for (const part of name.split('.')) {
      let child = node.children.get(part);
      if (!child) {
        child = { children: new Map(), path: node.path === '' ? part : `${node.path}.${part}` };
        node.children.set(part, child);
      }
      node = child;
    }
  }
  return root;
}

function leavesOf(node: Node): string[] {
  if (node.children.size === 0) return [node.path];
  return [...node.children.values()].flatMap(leavesOf);
}

function fail(problem: PatternProblem): Step {
  return { nodes: [], problem };
}
