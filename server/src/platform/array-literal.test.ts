import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as fc from "fast-check";
import { createTestDatabase } from "../../test/harness.ts";
import { toArrayLiteral } from "./array-literal.ts";
import { createDatabase, sql } from "./db.ts";

const database = createDatabase({
  connection: { connectionString: await createTestDatabase() },
  preparedStatements: true,
  onError: () => {},
});
after(() => database.close());

const texts = fc.array(
  fc.option(
    fc.oneof(fc.constantFrom('"', "\\", "NULL", "", "{a,b}", 'é "ü" \\n', "\n"), fc.string({ unit: "binary" })),
  ),
);

test("texts, instants, bytes and numbers come back from PostgreSQL as they went into an array, nulls too", async () => {
  await fc.assert(
    fc.asyncProperty(
      texts.map((list) => list.map((text) => text?.replaceAll("\0", "") ?? null)),
      fc.array(fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })),
      fc.array(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
      fc.array(fc.option(fc.integer())),
      async (strings, instants, bytes, integers) => {
        const [row] = await database.query<{ strings: unknown; instants: unknown; bytes: unknown; integers: unknown }>(
          sql`select to_jsonb(${strings}::text[]) as strings,
                (select coalesce(array_agg(extract(epoch from at) * 1000 order by place)::int8[]::text, '{}')
                  from unnest(${instants}::timestamptz[]) with ordinality as each (at, place)) as instants,
                (select coalesce(jsonb_agg(encode(content, 'hex') order by place), '[]')
                  from unnest(${bytes}::bytea[]) with ordinality as each (content, place)) as bytes,
                to_jsonb(${integers}::integer[]) as integers`,
        );
        assert.deepEqual(row, {
          strings,
          instants: `{${instants.map((instant) => instant.getTime()).join(",")}}`,
          bytes: bytes.map((content) => content.toString("hex")),
          integers,
        });
      },
    ),
    { numRuns: 100 },
  );
});

test("what it does not know is left to the driver", () => {
  for (const values of [[{}], [[1]], [new Date(Number.NaN)], [new Date("-000001-01-01T00:00:00Z")], [undefined]])
    assert.equal(toArrayLiteral(values), null);
});
