import type { CstElement, CstNode, IToken } from 'chevrotain';
import type { Tokens } from '../parse/lexer.ts';

/** A leaf of the lossless tree: a token, a blank, a line end or a comment, with its exact text. */
export interface SyntaxToken {
  type: string;
  text: string;
  start: number;
}

/** An inner node: its children in the order of the text. */
export interface SyntaxNode {
  kind: string;
  children: (SyntaxNode | SyntaxToken)[];
}

/**
 * Concrete tree + trivia → a tree whose leaves, one after the other, are the text byte for byte.
 * Tokens that the parser skipped while recovering stand in the innermost node around them.
 */
export function losslessTree(root: CstNode, lexed: Tokens): SyntaxNode {
  const placed = new Set<number>();
  const shape = convert(root, placed);
  const loose = [...lexed.tokens, ...lexed.trivia, ...lexed.unknown]
    .filter((token) => !placed.has(token.startOffset))
    .sort((a, b) => a.startOffset - b.startOffset);
  return weave({ ...shape, start: 0, end: Infinity }, loose.map(leaf));
}

/** The text that a tree came from. */
export function textOfTree(node: SyntaxNode | SyntaxToken): string {
  return 'children' in node ? node.children.map(textOfTree).join('') : node.text;
}

interface Shape {
  kind: string;
  start: number;
  end: number;
  children: (Shape | SyntaxToken)[];
}

function convert(cst: CstNode, placed: Set<number>): Shape {
  const children: (Shape | SyntaxToken)[] = [];
  for (const element of Object.values(cst.children).flat()) {
    if (isNode(element)) {
      const child = convert(element, placed);
      if (child.children.length > 0) children.push(child);
    } else if (element.isInsertedInRecovery !== true && !placed.has(element.startOffset)) {
      placed.add(element.startOffset);
      children.push(leaf(element));
    }
  }
  children.sort((a, b) => a.start - b.start);
  const [first, last] = [children[0], children.at(-1)];
  return { kind: cst.name, start: first?.start ?? 0, end: last === undefined ? 0 : endOf(last), children };
}

/** Puts loose leaves between and into the children of a node. */
function weave(shape: Shape, loose: SyntaxToken[]): SyntaxNode {
  const children: (SyntaxNode | SyntaxToken)[] = [];
  let next = 0;
  const take = (limit: number): SyntaxToken[] => {
    const taken: SyntaxToken[] = [];
    for (let token = loose[next]; token !== undefined && token.start < limit; token = loose[++next]) taken.push(token);
    return taken;
  };
  for (const child of shape.children) {
    children.push(...take(child.start));
    children.push('children' in child ? weave(child, take(child.end)) : child);
  }
  children.push(...take(Infinity));
  return { kind: shape.kind, children };
}

function endOf(child: Shape | SyntaxToken): number {
  return 'children' in child ? child.end : child.start + child.text.length;
}

function leaf(token: IToken): SyntaxToken {
  return { type: token.tokenType.name, text: token.image, start: token.startOffset };
}

function isNode(element: CstElement): element is CstNode {
  return 'children' in element;
}
