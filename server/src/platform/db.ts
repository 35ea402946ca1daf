import { defaults, TypeOverrides, type DatabaseError, type Pool, type PoolClient, type PoolConfig } from "pg";
import { toArrayLiteral } from "./array-literal.ts";
import { cutConnection, openConnections, writeTogether } from "./pool.ts";

/** A statement with its values apart from its text, so that nothing from outside can become SQL. */
export type Sql = {
  text: string;
  values: unknown[];
  /** By `plannedAnew`. */
  isPlannedAnew?: boolean;
};

/** Something that runs statements: the pool (each on its own) or a transaction. */
export type Queryable = {
  query<Row extends object = Record<string, unknown>>(statement: Sql): Promise<Row[]>;
};

export type Transaction = Queryable & {
  /**
   * Sends a statement for whose answer nobody waits: it goes out together with what follows. If it fails, so does the commit. With `only`, it
   * reads and writes no other table than that one and its references: those of several tables that follow one another are one for PostgreSQL.
   */
  send(statement: Sql, only?: string): void;
  /** Runs `work` so that what it wrote is undone if it throws, while the transaction itself goes on. */
  savepoint<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Has `effect` run once this transaction is committed, before its caller goes on; never if it is rolled back or run again. */
  afterCommit(effect: () => void): void;
  /** Set where whoever opened it writes down itself who changes what; else what is told of the change says it. */
  isAudited?: boolean;
};

export type Database = Queryable & {
  /**
   * Runs `work` in one transaction and returns what it returns, after the commit. A throw rolls back. A deadlock or a
   * serialization failure runs `work` again, up to three times in all, so `work` has no effect but its statements.
   * Statements that are not awaited one after another go out together, and each sees what those before it have done.
   */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>, limits?: TransactionLimits): Promise<Result>;
  /** The same database over connections of its own, which nobody else can use up. Whoever asks for it closes it. */
  reserve(reservation: Reservation): Database;
  close(): Promise<void>;
};

export type Reservation = {
  maxConnections: number;
  /** After how long a statement is given up, where that is sooner than usual. */
  statementTimeoutMs?: number;
  /** Connections stay open also while nobody needs them: opening them anew after every pause would cost them their statements. */
  keepsConnections?: boolean;
  /** For transactions that find every row by its key: the planner goes through the indexes, whatever it knows of the tables. */
  byKey?: boolean;
};

/** After `timeoutMs` the connection is cut, even if the server no longer says anything; what was committed is then unknown. */
export type TransactionLimits = { timeoutMs: number };

/** A statement from a template: every `${value}` becomes a parameter, except that a nested statement is inserted as it is. */
export function sql(strings: TemplateStringsArray, ...parts: unknown[]): Sql {
  const values: unknown[] = [];
  let shape = shapes.get(strings);
  if (shape === undefined) shapes.set(strings, (shape = newShape()));
  for (const part of parts) {
    if (part instanceof Fragment) {
      values.push(...part.values);
      shape = after(shape, part.text);
    } else {
      values.push(part);
      shape = after(shape, aValue);
    }
  }
  shape.text ??= textOf(strings, parts);
  return new Fragment(shape.text, values);
}

/**
 * The statement, to be planned by its values each time. PostgreSQL keeps one plan for all values of a statement that comes often, and takes a range of
 * which it does not know the ends for a few rows: it would read and sort all of a long one for every page of it.
 */
export function plannedAnew({ text, values }: Sql): Sql {
  return { text, values, isPlannedAnew: true };
}

/**
 * A template with what has taken its places so far, one after another: together they determine the text, which is put together once.
 * The shapes are as many as the program can write; no value is part of one.
 */
type Shape = { text: string | null; next: Map<string | null, Shape> };

const shapes = new WeakMap<TemplateStringsArray, Shape>();
const newShape = (): Shape => ({ text: null, next: new Map() });
/** Takes a place instead of a statement's text, whatever the value is. */
const aValue = null;

function after(shape: Shape, part: string | null): Shape {
  let next = shape.next.get(part);
  if (next === undefined) shape.next.set(part, (next = newShape()));
  return next;
}

function textOf(strings: TemplateStringsArray, parts: unknown[]): string {
  let text = strings[0] ?? "";
  let count = 0;
  for (const [index, part] of parts.entries()) {
    if (part instanceof Fragment) {
      const before = count;
      text += part.text.replaceAll(/\$(\d+)/g, (_, position: string) => `$${Number(position) + before}`);
      count += part.values.length;
    } else text += `$${(count += 1)}`;
    text += strings[index + 1];
  }
  return text;
}

class Fragment implements Sql {
  readonly text: string;
  readonly values: unknown[];
  constructor(text: string, values: unknown[]) {
    this.text = text;
    this.values = values;
  }
}

export type ColumnType =
  | "integer"
  | "smallint"
  | "bigint"
  | "text"
  | "bytea"
  | "numeric"
  | "timestamptz"
  | "json"
  | "jsonb";

/** A column of as many values as there are rows. */
export type Column = readonly [type: ColumnType, values: readonly unknown[]];

/**
 * `columns` side by side as rows, to select from under a name: however many rows, with one parameter for each column. One row alone is
 * written as it is, since PostgreSQL needs many times longer to take it out of arrays. Values of `json` are JSON texts, which are kept to the letter.
 */
export function rowsFrom(columns: readonly Column[]): Sql {
  const isOne = columns[0]?.[1].length === 1;
  const shape = `${isOne}:${columns.map(([type]) => type).join()}`;
  let text = textsOfRows.get(shape);
  if (text === undefined) textsOfRows.set(shape, (text = isOne ? textOfOneRow(columns) : textOfRows(columns)));
  return new Fragment(
    text,
    columns.map(([type, values]) => (isOne ? values[0] : type === "json" ? `[${values.join(",")}]` : values)),
  );
}

/** By the columns' types, which are as many as the program has statements. */
const textsOfRows = new Map<string, string>();

function textOfOneRow(columns: readonly Column[]): string {
  return `(values (${columns.map(([type], index) => `$${index + 1}::${type}`).join(", ")}))`;
}

/** JSON in an array of PostgreSQL would be escaped and unescaped character by character. */
function textOfRows(columns: readonly Column[]): string {
  const calls: string[] = [];
  let arrays: string[] = [];
  const endCall = () => {
    if (arrays.length > 0) calls.push(`unnest(${arrays.join(", ")})`);
    arrays = [];
  };
  for (const [index, [type]] of columns.entries()) {
    if (type === "json") {
      endCall();
      calls.push(`json_array_elements($${index + 1}::json)`);
    } else arrays.push(`$${index + 1}::${type}[]`);
  }
  endCall();
  return calls.length === 1 ? (calls[0] as string) : `rows from (${calls.join(", ")})`;
}

/** `conditions` joined by `and`; `true` where there are none. */
export function allOf(conditions: Sql[]): Sql {
  return conditions.reduce((all, condition) => sql`${all} and ${condition}`, sql`true`);
}

/**
 * `records` as rows of `table`, to select from: by the names of its columns, however many rows with one parameter. Dates and decimals
 * go as text and come out as they were.
 */
export function asRows(table: Sql, records: readonly object[]): Sql {
  return sql`jsonb_populate_recordset(null::${table}, ${JSON.stringify(records)}::jsonb)`;
}

/** Statements that do not see each other's effects as one statement that does all of them. */
function joined(statements: Sql[]): Sql {
  const [first, ...rest] = statements as [Sql, ...Sql[]];
  if (rest.length === 0) return first;
  const all = rest.reduce(
    (before, statement, index) => sql`${before}, ${new Fragment(`written_${index + 1}`, [])} as (${statement})`,
    sql`with written_0 as (${first})`,
  );
  return sql`${all} select`;
}

export type DatabaseOptions = {
  connection: PoolConfig;
  /** Named statements save parsing and planning, but PgBouncer in transaction mode cannot follow them. */
  preparedStatements: boolean;
  maxConnections?: number;
  onError: (error: Error) => void;
};

const defaultStatementTimeoutMs = 30_000;
/** How long PostgreSQL has to say that it has given a statement up; a connection that does not even say so is cut. */
const lastWordMs = 5_000;

/** A pool of connections to PostgreSQL. Connects when first used; a lost connection is replaced at the next use. */
export function createDatabase(options: DatabaseOptions): Database {
  return openPool(options, statementRunner(options.preparedStatements), {
    maxConnections: options.maxConnections ?? 10,
  });
}

function openPool(options: DatabaseOptions, run: Run, reservation: Reservation): Database {
  const { maxConnections, statementTimeoutMs = defaultStatementTimeoutMs, keepsConnections, byKey } = reservation;
  const settings = [...settingsOf(statementTimeoutMs), ...(byKey === true ? settingsByKey : [])];
  // Without a pooler between us and PostgreSQL a connection that is only for this keeps its settings.
  const isSetOnce = byKey === true && options.preparedStatements;
  const begin = isSetOnce ? "begin" : ["begin", ...settings.map((setting) => `set local ${setting}`)].join("; ");
  const connections = openConnections(
    {
      max: maxConnections,
      answerTimeoutMs: statementTimeoutMs + lastWordMs,
      application_name: "afternoon",
      ...(keepsConnections === true ? { idleTimeoutMillis: 0 } : {}),
      ...options.connection,
      types: typeParsers,
    },
    options.onError,
  );
  const { pool } = connections;
  if (isSetOnce)
    pool.on("connect", (client) => {
      // If it fails, so does what follows on the connection.
      client.query(settings.map((setting) => `set ${setting}`).join("; ")).catch(() => cutConnection(client));
    });

  return {
    query: (statement) => run(pool, statement),
    transaction: (work, limits) => withRetries(() => runTransaction(pool, run, begin, work, limits)),
    reserve: (own) => openPool(options, run, own),
    close: () => connections.end(),
  };
}

type Run = <Row extends object>(on: Pool | PoolClient, statement: Sql) => Promise<Row[]>;

function statementRunner(preparedStatements: boolean): Run {
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    let name = names.get(text);
    if (name === undefined) names.set(text, (name = `afternoon_${names.size}`));
    return name;
  };
  return async <Row extends object>(on: Pool | PoolClient, { text, values, isPlannedAnew = false }: Sql) => {
    const encoded = values.map((value) => (Array.isArray(value) ? (toArrayLiteral(value) ?? value) : value));
    const statement = { text, values: encoded };
    const result = await on.query<Row>(
      preparedStatements && !isPlannedAnew ? { name: nameOf(text), ...statement } : statement,
    );
    return result.rows;
  };
}

/**
 * Limits of one transaction, set with it and not with the connection: a pooler between us and the server takes no settings of a
 * connection. A lock that is not had soon belongs to somebody who works long, and waiting would only take connections from others.
 * A transaction in which nothing comes for long belongs to a process that is cut off from PostgreSQL, and would hold its locks for hours.
 */
const settingsOf = (statementTimeoutMs: number) => [
  `statement_timeout = ${statementTimeoutMs}`,
  "lock_timeout = '5s'",
  "idle_in_transaction_session_timeout = '5min'",
];

/**
 * For transactions that find every row by its key. A plan is kept for long, and one that was made while a table was empty would
 * read the whole of it ever after; this way the planner goes through the indexes whatever it knows of the tables. And it is kept at
 * once: for lists, whose lengths it cannot know, PostgreSQL would take a plan of its own for every call to be the better one. They lock
 * what many wait for, and wait for nothing but their own statements.
 */
const settingsByKey = [
  "idle_in_transaction_session_timeout = '20s'",
  "enable_seqscan = off",
  "enable_hashjoin = off",
  "enable_mergejoin = off",
  "jit = off",
  "plan_cache_mode = force_generic_plan",
];

async function runTransaction<Result>(
  pool: Pool,
  run: Run,
  begin: string,
  work: (tx: Transaction) => Promise<Result>,
  limits?: TransactionLimits,
): Promise<Result> {
  const client = await pool.connect();
  const timer = limits && setTimeout(() => cutConnection(client), limits.timeoutMs);
  const effects: (() => void)[] = [];
  const sent: Promise<unknown>[] = [];
  const waiting = new Map<string, Sql>();
  const sendWaiting = () => {
    writeTogether(client);
    if (waiting.size === 0) return;
    const statements = [...waiting.values()];
    waiting.clear();
    send(sent, run(client, joined(statements)));
  };
  let result: Result;
  let broken: Error | undefined;
  try {
    // Not awaited: it goes out together with the first statement, which fails if it does.
    writeTogether(client);
    send(sent, client.query(begin));
    result = await work({
      query: async <Row extends object>(statement: Sql) => {
        sendWaiting();
        return run<Row>(client, statement).catch(async (error: unknown) => {
          throw await causeOf(error, sent);
        });
      },
      send: (statement, only) => {
        if (only === undefined || waiting.has(only)) sendWaiting();
        if (only === undefined) send(sent, run(client, statement));
        else waiting.set(only, statement);
      },
      savepoint: (inner) => {
        sendWaiting();
        return runSavepoint(
          client,
          sent,
          effects,
          async () => {
            const done = await inner();
            sendWaiting();
            return done;
          },
          () => waiting.clear(),
        );
      },
      afterCommit: (effect) => void effects.push(effect),
    });
    sendWaiting();
    send(sent, client.query("commit"));
    // After a statement that failed, PostgreSQL takes a commit for a rollback, so it may be sent before the answers are here.
    await Promise.all(sent);
  } catch (error) {
    // A rollback that fails means that the connection is gone; the first error is the one to report.
    await client.query("rollback").catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    clearTimeout(timer);
    client.release(broken);
  }
  for (const effect of effects) effect();
  return result;
}

/** Keeps the outcome for later. Until somebody looks, a failure must not count as one that nobody handles. */
function send(sent: Promise<unknown>[], outcome: Promise<unknown>): void {
  outcome.catch(() => {});
  sent.push(outcome);
}

const transactionAborted = "25P02";

/**
 * The error that a statement has failed with: of those whose answers are waited for later, the first that failed, if PostgreSQL only
 * says that the transaction is aborted. Nobody could tell otherwise whether it may be tried again.
 */
async function causeOf(failure: unknown, sent: Promise<unknown>[]): Promise<unknown> {
  if (codeOf(failure) !== transactionAborted) return failure;
  try {
    await Promise.all(sent);
    return failure;
  } catch (cause) {
    return cause;
  }
}

async function runSavepoint<Result>(
  client: PoolClient,
  sent: Promise<unknown>[],
  effects: (() => void)[],
  work: () => Promise<Result>,
  drop: () => void,
): Promise<Result> {
  const [effectsBefore, sentBefore] = [effects.length, sent.length];
  send(sent, client.query("savepoint inner_work"));
  try {
    const result = await work();
    await Promise.all(sent);
    await client.query("release savepoint inner_work");
    return result;
  } catch (error) {
    drop();
    effects.length = effectsBefore;
    sent.length = sentBefore;
    await client.query("rollback to savepoint inner_work");
    throw error;
  }
}

const attempts = 3;

async function withRetries<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !isTransient(error)) throw error;
    }
  }
}

const deadlockDetected = "40P01";
const serializationFailure = "40001";

function isTransient(error: unknown): boolean {
  return [deadlockDetected, serializationFailure].includes(codeOf(error));
}

/** Whether `error` says that the database cannot be reached or is shutting down, as opposed to refusing a statement. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  // Class 08: connection; 53: out of connections, memory or disk; 57P: shutting down or starting; 57014: statement timeout;
  // 55P03: a lock that was not had in time; 25006: a server that only reads.
  if (/^(08|53|57P)|^57014$|^55P03$|^25006$/.test(code)) return true;
  if (/^(ECONN|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND)/.test(code)) return true;
  return (
    error instanceof Error &&
    /connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Cannot use a pool/i.test(
      error.message,
    )
  );
}

/**
 * Whether `error` says that something stood in the database otherwise than was taken for granted: a key that was there, or a text that is no
 * number, by which a statement refuses.
 */
export function isMistaken(error: unknown): boolean {
  return ["23505", "22P02"].includes(codeOf(error));
}

/** Whether `error` is PostgreSQL's refusal of a second row under the unique constraint or index `name`. */
export function violatesUnique(error: unknown, name: string): boolean {
  return codeOf(error) === "23505" && (error as DatabaseError).constraint === name;
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

// The driver would write a Date in the process's own timezone, whose offset in years long past is no whole minute.
defaults.parseInputDatesAsUTC = true;

// The driver's defaults would turn numeric[] into floats and dates into local midnights.
const oid = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184, numericArray: 1231 };
const typeParsers = new TypeOverrides();
const readInstant = typeParsers.getTypeParser(oid.timestamptz, "text") as unknown as (text: string) => Date;
// Nearly every instant is one in UTC, to the millisecond, of a year of four digits; the general reader takes ten times as long.
typeParsers.setTypeParser(oid.timestamptz, (text: string) =>
  text.length <= 26 && text.endsWith("+00") && text[10] === " "
    ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
    : readInstant(text),
);
typeParsers.setTypeParser(oid.int8, (text: string) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number))
    throw new Error(`A bigint of the database does not fit a JavaScript integer: ${text}`);
  return number;
});
typeParsers.setTypeParser(oid.date, (text: string) => text);
typeParsers.setTypeParser(oid.timestamp, (text: string) => text);
typeParsers.setTypeParser(oid.numericArray, (text: string) =>
  text
    .slice(1, -1)
    .split(",")
    .filter((item) => item !== ""),
);
