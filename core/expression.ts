/**
 * Property expressions: how a meter computes one quantity of several properties, such as `tokens_in * 3 + tokens_out`.
 *
 *     sum      = product { ("+" | "-") product }
 *     product  = factor { ("*" | "/") factor }
 *     factor   = "-" factor | number | property | call | "(" sum ")"
 *     property = letter or "_", then letters, digits and "_"; or any name between backticks: `input.tokens`
 *     call     = ("min" | "max") "(" sum "," sum { "," sum } ")" | ("ceil" | "floor" | "round") "(" sum ")"
 *              | "if" "(" sum comparison sum "," sum "," sum ")" | "default" "(" property "," sum ")"
 *     comparison = "<" | "<=" | ">" | ">=" | "=" | "!="
 *
 * Everything is exact but division, whose quotient is rounded half up to 18 digits after the point; `ceil`, `floor` and
 * `round` (half up) give whole numbers. See docs/decisions/0020-property-expressions.md.
 */
import { decimal, isReadable, max, min, type Decimal, type RoundingMode } from "./decimal.ts";

/** An expression that was read, with its text to store. Made only by `parseExpression`. */
export type Expression = { readonly text: string; readonly root: ExpressionNode };

export type ExpressionNode =
  | { type: "number"; value: Decimal }
  | { type: "property"; name: string }
  | { type: "negation"; of: ExpressionNode }
  | { type: "arithmetic"; operator: ArithmeticOperator; left: ExpressionNode; right: ExpressionNode }
  | { type: "extreme"; which: "min" | "max"; of: ExpressionNode[] }
  | { type: "rounding"; mode: RoundingMode; of: ExpressionNode }
  | { type: "condition"; comparison: Comparison; left: ExpressionNode; right: ExpressionNode; branches: Branches }
  | { type: "default"; property: string; fallback: ExpressionNode };

type ArithmeticOperator = "+" | "-" | "*" | "/";
type Comparison = "<" | "<=" | ">" | ">=" | "=" | "!=";
type Branches = { then: ExpressionNode; otherwise: ExpressionNode };

/** What is wrong with the text of an expression, and where: the first character is column 1. */
export class ExpressionError extends Error {
  readonly column: number;

  constructor(message: string, column: number) {
    super(`${message} (column ${column})`);
    this.name = "ExpressionError";
    this.column = column;
  }
}

/** What an expression is computed of. `read` and `refuse` throw what the caller answers with. */
export type PropertyReader = {
  isMissing(property: string): boolean;
  read(property: string): Decimal;
  refuse(reason: string): never;
};

/** Long enough for any tariff anybody could explain. */
const LONGEST_EXPRESSION = 500;
/** Parentheses, calls and minus signs inside each other; no formula needs more, and the stack must not depend on a client. */
const DEEPEST_NESTING = 32;
const QUOTIENT = { scale: 18, mode: "half-up" } as const;

/** The expression that `text` writes. @throws ExpressionError, with the column. */
export function parseExpression(text: string): Expression {
  if (text.length > LONGEST_EXPRESSION) {
    throw new ExpressionError(`Must be at most ${LONGEST_EXPRESSION} characters.`, LONGEST_EXPRESSION + 1);
  }
  const parser = new Parser(tokensOf(text), text.length + 1);
  const root = parser.sum();
  parser.end();
  return { text, root };
}

/** The names of the properties that the expression reads, each once, in the order of the text. */
export function propertiesOf({ root }: Expression): string[] {
  const names = new Set<string>();
  const visit = (node: ExpressionNode): void => {
    if (node.type === "property") names.add(node.name);
    if (node.type === "default") names.add(node.property);
    for (const each of partsOf(node)) visit(each);
  };
  visit(root);
  return [...names];
}

/**
 * The expression's value. Only the branch of an `if` that is taken is computed, and a `default` reads its fallback only where
 * the property is missing: a property that is there and no number is refused all the same.
 * Example: `tokens_in * 3 + tokens_out` of { tokens_in: 2, tokens_out: 5 } → 11.
 */
export function evaluate({ root }: Expression, reader: PropertyReader): Decimal {
  return valueOf(root, reader);
}

function valueOf(node: ExpressionNode, reader: PropertyReader): Decimal {
  switch (node.type) {
    case "number":
      return node.value;
    case "property":
      return reader.read(node.name);
    case "negation":
      return valueOf(node.of, reader).negated();
    case "arithmetic":
      return bounded(calculate(node.operator, valueOf(node.left, reader), valueOf(node.right, reader), reader), reader);
    case "extreme":
      return node.of.map((each) => valueOf(each, reader)).reduce(node.which === "min" ? min : max);
    case "rounding":
      return valueOf(node.of, reader).round({ scale: 0, mode: node.mode });
    case "condition": {
      const isTrue = holds(node.comparison, valueOf(node.left, reader).compare(valueOf(node.right, reader)));
      return valueOf(isTrue ? node.branches.then : node.branches.otherwise, reader);
    }
    case "default":
      return reader.isMissing(node.property) ? valueOf(node.fallback, reader) : reader.read(node.property);
    default:
      return node satisfies never;
  }
}

function calculate(operator: ArithmeticOperator, left: Decimal, right: Decimal, reader: PropertyReader): Decimal {
  if (operator === "+") return left.plus(right);
  if (operator === "-") return left.minus(right);
  if (operator === "*") return left.times(right);
  if (right.isZero()) reader.refuse("divides by zero");
  return left.dividedBy(right, QUOTIENT);
}

/** A product of products must not grow without end: what a property could not hold, an expression may not give. */
function bounded(value: Decimal, reader: PropertyReader): Decimal {
  return isReadable(value) ? value : reader.refuse("gives more digits than a number may have");
}

function holds(comparison: Comparison, order: -1 | 0 | 1): boolean {
  if (comparison === "<") return order < 0;
  if (comparison === "<=") return order <= 0;
  if (comparison === ">") return order > 0;
  if (comparison === ">=") return order >= 0;
  return (order === 0) === (comparison === "=");
}

function partsOf(node: ExpressionNode): ExpressionNode[] {
  switch (node.type) {
    case "negation":
    case "rounding":
      return [node.of];
    case "arithmetic":
      return [node.left, node.right];
    case "extreme":
      return node.of;
    case "condition":
      return [node.left, node.right, node.branches.then, node.branches.otherwise];
    case "default":
      return [node.fallback];
    default:
      return [];
  }
}

type Token = { kind: "number" | "name" | "quoted" | "symbol"; text: string; column: number };

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|`([^`]+)`|(<=|>=|!=|[-+*/(),<>=]))/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  for (let at = 0; at < end; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw unreadable(text, at);
    const [whole, number, name, quoted, symbol] = match;
    const column = at + whole.length - whole.trimStart().length + 1;
    if (number !== undefined) tokens.push({ kind: "number", text: number, column });
    else if (name !== undefined) tokens.push({ kind: "name", text: name, column });
    else if (quoted !== undefined) tokens.push({ kind: "quoted", text: quoted, column });
    else tokens.push({ kind: "symbol", text: symbol ?? "", column });
  }
  return tokens;
}

function unreadable(text: string, from: number): ExpressionError {
  const at = from + text.slice(from).length - text.slice(from).trimStart().length;
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const message =
    character === "`" ? "This quoted name is empty or has no end." : `"${character}" has no meaning in an expression.`;
  return new ExpressionError(message, at + 1);
}

class Parser {
  private readonly tokens: Token[];
  private readonly endColumn: number;
  private position = 0;
  private depth = 0;

  constructor(tokens: Token[], endColumn: number) {
    this.tokens = tokens;
    this.endColumn = endColumn;
  }

  sum(): ExpressionNode {
    let left = this.product();
    for (let sign = this.take("+", "-"); sign !== null; sign = this.take("+", "-")) {
      left = { type: "arithmetic", operator: sign, left, right: this.product() };
    }
    return left;
  }

  end(): void {
    const token = this.tokens[this.position];
    if (token !== undefined) throw new ExpressionError(`"${token.text}" is not expected here.`, token.column);
  }

  private product(): ExpressionNode {
    let left = this.factor();
    for (let sign = this.take("*", "/"); sign !== null; sign = this.take("*", "/")) {
      left = { type: "arithmetic", operator: sign, left, right: this.factor() };
    }
    return left;
  }

  private factor(): ExpressionNode {
    const token = this.next("a number, a property or a parenthesis");
    this.depth += 1;
    if (this.depth > DEEPEST_NESTING) {
      throw new ExpressionError(`Must not be nested deeper than ${DEEPEST_NESTING} levels.`, token.column);
    }
    const node = this.factorOf(token);
    this.depth -= 1;
    return node;
  }

  private factorOf(token: Token): ExpressionNode {
    if (token.kind === "number") return { type: "number", value: decimal(token.text) };
    if (token.kind === "quoted") return { type: "property", name: token.text };
    if (token.kind === "name") {
      return this.take("(") === null ? { type: "property", name: token.text } : this.call(token);
    }
    if (token.text === "-") return { type: "negation", of: this.factor() };
    if (token.text !== "(") throw new ExpressionError(`"${token.text}" is not expected here.`, token.column);
    const inner = this.sum();
    this.expect(")");
    return inner;
  }

  /** A call whose opening parenthesis is taken. */
  private call({ text: name, column }: Token): ExpressionNode {
    switch (name) {
      case "min":
      case "max":
        return this.extreme(name);
      case "ceil":
      case "floor":
        return this.rounding(name);
      case "round":
        return this.rounding("half-up");
      case "if":
        return this.condition();
      case "default":
        return this.fallback();
      default:
        throw new ExpressionError(
          `There is no function "${name}"; there are min, max, ceil, floor, round, if and default.`,
          column,
        );
    }
  }

  private extreme(which: "min" | "max"): ExpressionNode {
    const of = [this.sum()];
    this.expect(",");
    do of.push(this.sum());
    while (this.take(",") !== null);
    this.expect(")");
    return { type: "extreme", which, of };
  }

  private rounding(mode: RoundingMode): ExpressionNode {
    const of = this.sum();
    this.expect(")");
    return { type: "rounding", mode, of };
  }

  private condition(): ExpressionNode {
    const left = this.sum();
    const comparison = this.take("<", "<=", ">", ">=", "=", "!=");
    if (comparison === null) throw this.unexpected("a comparison (<, <=, >, >=, =, !=)");
    const right = this.sum();
    this.expect(",");
    const then = this.sum();
    this.expect(",");
    const otherwise = this.sum();
    this.expect(")");
    return { type: "condition", comparison, left, right, branches: { then, otherwise } };
  }

  private fallback(): ExpressionNode {
    const token = this.next("a property");
    if (token.kind !== "name" && token.kind !== "quoted") {
      throw new ExpressionError("The first part of default must be a property.", token.column);
    }
    this.expect(",");
    const fallback = this.sum();
    this.expect(")");
    return { type: "default", property: token.text, fallback };
  }

  /** Takes the next token if it is one of these symbols. */
  private take<Symbol extends string>(...symbols: Symbol[]): Symbol | null {
    const token = this.tokens[this.position];
    const symbol = token?.kind === "symbol" ? symbols.find((each) => each === token.text) : undefined;
    if (symbol === undefined) return null;
    this.position += 1;
    return symbol;
  }

  private expect(symbol: string): void {
    if (this.take(symbol) === null) throw this.unexpected(`"${symbol}"`);
  }

  private next(expected: string): Token {
    const token = this.tokens[this.position];
    if (token === undefined) throw this.unexpected(expected);
    this.position += 1;
    return token;
  }

  private unexpected(expected: string): ExpressionError {
    const token = this.tokens[this.position];
    return token === undefined
      ? new ExpressionError(`The expression ends where ${expected} is expected.`, this.endColumn)
      : new ExpressionError(`"${token.text}" stands where ${expected} is expected.`, token.column);
  }
}
