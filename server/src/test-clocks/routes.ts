import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idOutput, idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { presentTestClock, TestClock, TestClockAdvance, TestClockCreate } from "./schema.ts";
import { advanceTestClock, createTestClock, deleteTestClock, getTestClock, listTestClocks } from "./test-clocks.ts";

const tag: Tag = {
  name: "test_clocks",
  title: "Test clocks",
  description: "Months of billing in seconds: in test mode, customers can live by a clock that you move.",
};

const params = { id: idParam("TEST_CLOCK_NOT_FOUND") };
const TestClockResponse = successSchema("TestClockResponse", { test_clock: TestClock }, "The test clock");

export const testClockOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/test-clocks",
    operationId: "create-test-clock",
    sdk: "testClocks.create",
    tag,
    summary: "Create a test clock",
    description: "Makes a clock that stands still. Customers made with its `test_clock_id` live by its time.",
    body: TestClockCreate,
    responses: { 201: TestClockResponse },
    errors: ["TEST_MODE_ONLY"],
    handle: async ({ tx, tenant, now }, { body }) => ({
      test_clock: presentTestClock(await createTestClock(tx, tenant, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/test-clocks",
    operationId: "list-test-clocks",
    sdk: "testClocks.list",
    tag,
    summary: "List test clocks",
    description: "Returns the test clocks, newest first.",
    query: z.object(pageQuery),
    responses: { 200: listSchema("TestClockListResponse", "test_clocks", TestClock) },
    handle: async ({ db, tenant }, { query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listTestClocks(db, tenant, page);
      return { test_clocks: items.map(presentTestClock), pagination };
    },
  }),
  readOperation({
    path: "/v1/test-clocks/{id}",
    operationId: "get-test-clock",
    sdk: "testClocks.get",
    tag,
    summary: "Get a test clock",
    description: "Returns one test clock; while it is advancing, `frozen_time` says how far it has come.",
    params,
    responses: { 200: TestClockResponse },
    handle: async ({ db, tenant }, { params: { id } }) => ({
      test_clock: presentTestClock(await getTestClock(db, tenant, id)),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/test-clocks/{id}/advance",
    operationId: "advance-test-clock",
    sdk: "testClocks.advance",
    tag,
    summary: "Advance a test clock",
    description:
      "Moves the clock on to a time. Everything that falls due for its customers on the way is done, in the order of time: renewals, invoices, expiries, top-ups, charges. It is `advancing` until all is done.",
    params,
    body: TestClockAdvance,
    responses: { 200: TestClockResponse },
    errors: ["TEST_CLOCK_ADVANCING"],
    handle: async ({ tx, tenant }, { params: { id }, body }) => ({
      test_clock: presentTestClock(await advanceTestClock(tx, tenant, id, body.frozen_time)),
    }),
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/test-clocks/{id}",
    operationId: "delete-test-clock",
    sdk: "testClocks.delete",
    tag,
    summary: "Delete a test clock",
    description: "Deletes the clock with its customers and everything of theirs, finalized invoices too.",
    params,
    responses: {
      200: successSchema(
        "TestClockDeletedResponse",
        { id: idOutput("Id of the test clock."), deleted: z.literal(true) },
        "The clock is deleted",
      ),
    },
    errors: ["TEST_CLOCK_ADVANCING"],
    handle: async ({ tx, tenant, now }, { params: { id } }) => {
      await deleteTestClock(tx, tenant, id, now);
      return { id, deleted: true };
    },
  }),
];
