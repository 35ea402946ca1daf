import { Pool, TypeOverrides, type DatabaseError, type PoolClient, type PoolConfig } from "pg";

/** A statement with its values apart from its text, so that nothing from outside can become SQL. */
export type Sql = { text: string; values: unknown[] };

/** Something that runs statements: the pool (each on its own) or a transaction. */
export type Queryable = {
  query<Row extends object = Record<string, unknown>>(statement: Sql): Promise<Row[]>;
};

export type Transaction = Queryable & {
  /** Runs `work` so that what it wrote is undone if it throws, while the transaction itself goes on. */
  savepoint<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Has `effect` run once this transaction is committed, before its caller goes on; never if it is rolled back or run again. */
  afterCommit(effect: () => void): void;
};

export type Database = Queryable & {
  /**
   * Runs `work` in one transaction and returns what it returns, after the commit. A throw rolls back. A deadlock or a
   * serialization failure runs `work` again, up to three times in all, so `work` has no effect but its statements.
   */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
};

/** A statement from a template: every `${value}` becomes a parameter, except that a nested statement is inserted as it is. */
export function sql(strings: TemplateStringsArray, ...parts: unknown[]): Sql {
  let text = strings[0] ?? "";
  const values: unknown[] = [];
  for (const [index, part] of parts.entries()) {
    if (part instanceof Fragment) {
      text += part.text.replaceAll(/\$(\d+)/g, (_, position: string) => `$${Number(position) + values.length}`);
      values.push(...part.values);
    } else {
      values.push(part);
      text += `$${values.length}`;
    }
    text += strings[index + 1];
  }
  return new Fragment(text, values);
}

class Fragment implements Sql {
  readonly text: string;
  readonly values: unknown[];
  constructor(text: string, values: unknown[]) {
    this.text = text;
    this.values = values;
  }
}

/** `conditions` joined by `and`; `true` where there are none. */
export function allOf(conditions: Sql[]): Sql {
  return conditions.reduce((all, condition) => sql`${all} and ${condition}`, sql`true`);
}

export type DatabaseOptions = {
  connection: PoolConfig;
  /** Named statements save parsing and planning, but PgBouncer in transaction mode cannot follow them. */
  preparedStatements: boolean;
  maxConnections?: number;
  onError: (error: Error) => void;
};

/** A pool of connections to PostgreSQL. Connects when first used; a lost connection is replaced at the next use. */
export function createDatabase(options: DatabaseOptions): Database {
  const pool = new Pool({
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    application_name: "afternoon",
    options: "-c timezone=UTC",
    ...options.connection,
    types: typeParsers,
  });
  // Without these listeners a connection that the server ends (restart, kill) would end our process too.
  pool.on("error", options.onError);
  pool.on("connect", (client) => client.on("error", options.onError));

  const run = statementRunner(options.preparedStatements);
  return {
    query: (statement) => run(pool, statement),
    transaction: (work) => withRetries(() => runTransaction(pool, run, work)),
    close: () => pool.end(),
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
  return async <Row extends object>(on: Pool | PoolClient, { text, values }: Sql) => {
    const result = await on.query<Row>(preparedStatements ? { name: nameOf(text), text, values } : { text, values });
    return result.rows;
  };
}

async function runTransaction<Result>(
  pool: Pool,
  run: Run,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  const effects: (() => void)[] = [];
  let result: Result;
  let broken: Error | undefined;
  try {
    await client.query("begin");
    result = await work({
      query: (statement) => run(client, statement),
      savepoint: (inner) => runSavepoint(client, effects, inner),
      afterCommit: (effect) => void effects.push(effect),
    });
    await client.query("commit");
  } catch (error) {
    // A rollback that fails means that the connection is gone; the first error is the one to report.
    await client.query("rollback").catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
  for (const effect of effects) effect();
  return result;
}

async function runSavepoint<Result>(
  client: PoolClient,
  effects: (() => void)[],
  work: () => Promise<Result>,
): Promise<Result> {
  const effectsBefore = effects.length;
  await client.query("savepoint inner_work");
  try {
    const result = await work();
    await client.query("release savepoint inner_work");
    return result;
  } catch (error) {
    effects.length = effectsBefore;
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
  // Class 08: connection; 53: out of connections, memory or disk; 57P: shutting down or starting; 57014: statement timeout.
  if (/^(08|53|57P)|^57014$|^25006$/.test(code)) return true;
  if (/^(ECONN|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND)/.test(code)) return true;
  return (
    error instanceof Error &&
    /connection terminated|timeout exceeded when trying to connect|not queryable|Cannot use a pool/i.test(error.message)
  );
}

/** Whether `error` is PostgreSQL's refusal of a second row under the unique constraint or index `name`. */
export function violatesUnique(error: unknown, name: string): boolean {
  return codeOf(error) === "23505" && (error as DatabaseError).constraint === name;
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

// The driver's defaults would turn numeric[] into floats and dates into local midnights.
const oid = { int8: 20, date: 1082, timestamp: 1114, numericArray: 1231 };
const typeParsers = new TypeOverrides();
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
