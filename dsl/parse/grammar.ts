import { CstParser, EOF, MismatchedTokenException } from 'chevrotain';
import type { CstNode, IToken, ParserMethod, TokenType } from 'chevrotain';
import { messageProvider } from './messages.ts';
import {
  ALL_TOKENS,
  Colon,
  Comma,
  Comparison,
  Dot,
  Equals,
  Identifier,
  LBrace,
  LBracket,
  LineIdentifier,
  LParen,
  NumberLiteral,
  Plus,
  Range,
  RBrace,
  RBracket,
  RParen,
  Star,
  StringLiteral,
} from './tokens.ts';
import { isItemStart, OPTION_WORDS, UNIT_WORDS, VERB_WORDS } from './words.ts';

type Rule = ParserMethod<[], CstNode>;

/**
 * The grammar of the language, in chevrotain. Recovery is by line: an error in an entry skips to the next name that begins a line
 * in the same block, or to the block's end, so that one typo is one error.
 */
export class Grammar extends CstParser {
  readonly file: Rule;
  /** `path = value`, the argument of `--set`. */
  readonly setting: Rule;

  constructor() {
    super(ALL_TOKENS, {
      recoveryEnabled: true,
      maxLookahead: 1,
      nodeLocationTracking: 'none',
      errorMessageProvider: messageProvider,
    });

    const name = this.RULE('name', () => {
      this.CONSUME(Identifier);
    });

    const range = this.RULE('range', () => {
      this.CONSUME(LBracket);
      this.OR([
        { ALT: () => this.CONSUME(Star) },
        {
          ALT: () => {
            this.OPTION(() => this.CONSUME1(NumberLiteral));
            this.OPTION1(() => {
              this.CONSUME(Range);
              this.OPTION2(() => this.CONSUME2(NumberLiteral));
            });
          },
        },
      ]);
      this.CONSUME(RBracket);
    });

    const segment = this.RULE('segment', () => {
      this.OR([{ ALT: () => this.SUBRULE(name) }, { ALT: () => this.CONSUME(Star) }]);
      // A bracket after a blank begins a list, not a range: `freeze vision [a]` is an error, `vision.layers[0]` a range.
      this.OPTION({ GATE: () => this.#touching(), DEF: () => this.SUBRULE(range) });
    });

    const path = this.RULE('path', () => {
      this.SUBRULE(segment);
      this.MANY(() => {
        this.CONSUME(Dot);
        this.SUBRULE1(segment);
      });
    });

    const list = this.RULE('list', () => {
      this.CONSUME(LBracket);
      this.MANY(() => {
        this.SUBRULE(value);
        this.OPTION(() => this.CONSUME(Comma));
      });
      this.CONSUME(RBracket);
    });

    const call = this.RULE('call', () => {
      this.SUBRULE(name);
      this.CONSUME(LParen);
      this.MANY(() => {
        this.SUBRULE(value);
        this.OPTION(() => this.CONSUME(Comma));
      });
      this.CONSUME(RParen);
    });

    /** A number; a unit may stand apart from it (`500 usd`). */
    const number = this.RULE('number', () => {
      this.CONSUME(NumberLiteral);
      this.OPTION({
        GATE: () => UNIT_WORDS.has(this.LA(1).image) && !this.#isNewEntry() && this.LA(2).tokenType !== Equals,
        DEF: () => this.CONSUME(Identifier, { LABEL: 'unit' }),
      });
    });

    /** `layer -3` */
    const layer = this.RULE('layer', () => {
      this.CONSUME(Identifier);
      this.CONSUME(NumberLiteral);
    });

    /** `patches + class`, or a single name. */
    const sum = this.RULE('sum', () => {
      this.SUBRULE(path);
      this.MANY(() => {
        this.CONSUME(Plus);
        this.SUBRULE1(path);
      });
    });

    const value: Rule = this.RULE('value', () => {
      this.OR([
        { ALT: () => this.SUBRULE(number) },
        { ALT: () => this.CONSUME(StringLiteral) },
        { ALT: () => this.SUBRULE(list) },
        { GATE: () => this.LA(2).tokenType === LParen, ALT: () => this.SUBRULE(call) },
        {
          GATE: () => this.LA(1).image === 'layer' && this.LA(2).tokenType === NumberLiteral,
          ALT: () => this.SUBRULE(layer),
        },
        { GATE: () => this.LA(1).tokenType !== LineIdentifier, ALT: () => this.SUBRULE(sum) },
        { ALT: () => this.SUBRULE(block) },
      ]);
      this.OPTION(() => this.SUBRULE1(block));
    });

    const block: Rule = this.RULE('block', () => {
      this.CONSUME(LBrace);
      this.MANY({
        // A block that begins in the first place of a line inside another block means that a `}` is missing.
        GATE: () => !this.#isItem(),
        DEF: () => {
          this.SUBRULE(entry);
          this.OPTION(() => this.CONSUME(Comma));
        },
      });
      this.CONSUME(RBrace);
    });

    const attribute = this.RULE('attribute', () => {
      this.SUBRULE(path);
      this.CONSUME(Equals);
      this.SUBRULE(value);
    });

    const patterns = this.RULE('patterns', () => {
      this.OR([{ GATE: () => !this.#isNewEntry(), ALT: () => this.SUBRULE(path) }]);
      this.MANY({
        GATE: () => this.LA(3).tokenType !== Equals,
        DEF: () => {
          this.CONSUME(Comma);
          this.SUBRULE1(path);
        },
      });
    });

    const option = this.RULE('ruleOption', () => {
      this.CONSUME(Identifier);
      this.SUBRULE(value);
      this.OPTION({
        GATE: () => this.LA(1).image === 'per',
        DEF: () => (this.CONSUME1(Identifier), this.CONSUME2(Identifier)),
      });
    });

    const rule = this.RULE('rule', () => {
      this.CONSUME(Identifier);
      this.SUBRULE(patterns);
      this.MANY({
        GATE: () => OPTION_WORDS.has(this.LA(1).image) && this.LA(2).tokenType !== Equals,
        DEF: () => this.SUBRULE(option),
      });
    });

    const at = this.RULE('at', () => {
      this.CONSUME(Identifier);
      this.SUBRULE(name);
      this.SUBRULE(number);
      this.SUBRULE(block);
    });

    const checkpoint = this.RULE('checkpoint', () => {
      this.CONSUME(Identifier);
      this.CONSUME1(Identifier);
      this.SUBRULE(number);
      this.OPTION({
        GATE: () => this.LA(1).image === 'keep' && this.LA(2).tokenType !== Equals,
        DEF: () => (this.CONSUME2(Identifier), this.SUBRULE1(number)),
      });
    });

    const variant = this.RULE('variant', () => {
      this.CONSUME(Identifier);
      this.SUBRULE(name);
      this.OPTION(() => this.CONSUME(StringLiteral));
      this.OPTION1(() => this.SUBRULE(block));
      this.OPTION2({
        GATE: () => this.LA(1).image === 'paper' && this.LA(2).tokenType !== Equals,
        DEF: () => (this.CONSUME1(Identifier), this.SUBRULE(number)),
      });
    });

    const without = this.RULE('without', () => {
      this.CONSUME(Identifier);
      this.SUBRULE(patterns);
    });

    const assertion = this.RULE('assertion', () => {
      this.CONSUME(Identifier);
      this.SUBRULE(path);
      this.CONSUME(Comparison);
      this.SUBRULE(value);
    });

    const verb = (word: string) => (): boolean => this.#isVerb(word);

    const entry: Rule = this.RULE('entry', () => {
      this.OR([
        { GATE: verb('freeze'), ALT: () => this.SUBRULE(rule) },
        { GATE: verb('unfreeze'), ALT: () => this.SUBRULE1(rule) },
        { GATE: verb('at'), ALT: () => this.SUBRULE(at) },
        { GATE: verb('checkpoint'), ALT: () => this.SUBRULE(checkpoint) },
        { GATE: verb('variant'), ALT: () => this.SUBRULE(variant) },
        { GATE: verb('without'), ALT: () => this.SUBRULE(without) },
        { GATE: verb('assert'), ALT: () => this.SUBRULE(assertion) },
        { ALT: () => this.SUBRULE(attribute) },
      ]);
    });

    const header = this.RULE('header', () => {
      this.CONSUME(Identifier);
      this.SUBRULE(name);
    });

    const param = this.RULE('param', () => {
      this.SUBRULE(header);
      this.CONSUME(Equals);
      this.SUBRULE(value);
      this.OPTION({
        GATE: () => this.LA(1).image === 'in' && this.LA(1).tokenType === Identifier,
        DEF: () => (this.CONSUME(Identifier), this.SUBRULE(list)),
      });
    });

    const named = this.RULE('named', () => {
      this.SUBRULE(header);
      this.OPTION(() => {
        this.CONSUME(Equals);
        this.SUBRULE1(name);
      });
      this.SUBRULE(block);
    });

    const stage = this.RULE('stage', () => {
      this.SUBRULE(header);
      this.CONSUME(Colon);
      this.SUBRULE(name);
      this.SUBRULE(block);
    });

    const importing = this.RULE('importing', () => {
      this.CONSUME(Identifier);
      this.CONSUME(StringLiteral);
    });

    const item = (word: string) => (): boolean => this.LA(1).image === word && this.#isVerb(word);

    const topLevel = this.RULE('topLevel', () => {
      this.OR([
        { GATE: item('experiment'), ALT: () => this.SUBRULE(header) },
        { GATE: item('param'), ALT: () => this.SUBRULE(param) },
        { GATE: item('let'), ALT: () => this.SUBRULE1(param) },
        { GATE: item('model'), ALT: () => this.SUBRULE(named) },
        { GATE: item('dataset'), ALT: () => this.SUBRULE1(named) },
        { GATE: item('ablation'), ALT: () => this.SUBRULE2(named) },
        { GATE: item('sweep'), ALT: () => this.SUBRULE3(named) },
        { GATE: item('stage'), ALT: () => this.SUBRULE(stage) },
        { GATE: item('import'), ALT: () => this.SUBRULE(importing) },
        { GATE: item('assert'), ALT: () => this.SUBRULE(assertion) },
        { ALT: () => this.SUBRULE(attribute) },
      ]);
    });

    this.file = this.RULE('file', () => {
      this.MANY(() => {
        this.SUBRULE(topLevel);
        this.OPTION(() => this.CONSUME(Comma));
      });
    });

    this.setting = this.RULE('setting', () => {
      this.SUBRULE(path);
      this.CONSUME(Equals);
      this.SUBRULE(value);
    });

    this.performSelfAnalysis();
  }

  /** A word is a verb unless it is used as an attribute (`model = small`, `data.sample = uniform`). */
  #isVerb(word: string): boolean {
    const next = this.LA(2).tokenType;
    return this.LA(1).image === word && next !== Equals && next !== Dot;
  }

  /** The next token begins an entry of its own, so that the value before it is missing. */
  #isNewEntry(): boolean {
    const token = this.LA(1);
    if (token.tokenType !== LineIdentifier) return false;
    return this.LA(2).tokenType === Equals || VERB_WORDS.has(token.image) || this.#isItem();
  }

  #isItem(): boolean {
    return isItemStart(this.LA(1), this.LA(2), this.LA(3));
  }

  #touching(): boolean {
    return this.LA(1).startOffset === (this.LA(0).endOffset ?? NaN) + 1;
  }

  // The three methods below are chevrotain's own hooks of its recovery (Recoverable); they make it go by lines.

  /** Where to go on after an error: the next line of the same block, the block's `}`, or the end. */
  findReSyncTokenType(): TokenType {
    return this.#resyncPoint().tokenType;
  }

  reSyncTo(): IToken[] {
    const target = this.#resyncPoint();
    const skipped: IToken[] = [];
    while (this.LA(1) !== target && this.LA(1).tokenType !== EOF) skipped.push(this.SKIP_TOKEN());
    return skipped;
  }

  /** Called where the entries of a block, or the items of a file, end at something that is neither an entry nor the end. */
  tryInRepetitionRecovery(rule: () => void, args: unknown[], lookAhead: () => boolean, expected: TokenType): void {
    const name = this.ruleStack().at(-1);
    if ((name !== 'block' && name !== 'file') || this.#isItem() || this.#resyncPoint() === this.LA(1)) return;
    const error = new MismatchedTokenException(expected.name, this.LA(1), this.LA(0));
    error.resyncedTokens = this.reSyncTo();
    (this as unknown as { SAVE_ERROR(error: Error): void }).SAVE_ERROR(error);
    if (lookAhead.call(this)) rule.apply(this, args as []);
  }

  /** Only whole entries and items are given up; rules inside them pass the error on. */
  isInCurrentRuleReSyncSet(): boolean {
    const rule = this.ruleStack().at(-1);
    return rule === 'entry' || rule === 'topLevel' || rule === 'file' || rule === 'setting';
  }

  /** A missing `=` or `:` or `}` may be thought in; anything else would only make a second error. */
  protected override canTokenTypeBeInsertedInRecovery(type: TokenType): boolean {
    const next = this.LA(1);
    if (type === RBrace) return next.tokenType === EOF || this.#isItem();
    if (type === LBrace) return next.tokenType === LineIdentifier && !this.#isItem();
    if (type === Equals) return next.tokenType === NumberLiteral || next.tokenType === StringLiteral;
    return type === Colon;
  }

  protected override canTokenTypeBeDeletedInRecovery(): boolean {
    return false;
  }

  #resyncPoint(): IToken {
    let depth = 0;
    const inBlock = this.ruleStack().includes('block');
    for (let k = 1; ; k++) {
      const token = this.LA(k);
      const type = token.tokenType;
      if (type === EOF) return token;
      if (depth === 0 && (type === LineIdentifier || (type === RBrace && inBlock))) return token;
      if (type === LBrace) depth++;
      if (type === RBrace && depth > 0) depth--;
    }
  }

  /** Names of the rules that are open, outermost first. */
  private ruleStack(): string[] {
    return (this as unknown as { getHumanReadableRuleStack(): string[] }).getHumanReadableRuleStack();
  }
}
