import { z } from "zod";
import { idOutput, instantField, instantOutput, textField } from "../http/fields.ts";

export const TestClockCreate = z
  .object({
    name: textField(255, "What it is for.").default("Test clock"),
    frozen_time: instantField("What time it is at first."),
  })
  .meta({ id: "CreateTestClockRequest", title: "CreateTestClockRequest" });

export const TestClockAdvance = z
  .object({ frozen_time: instantField("The time to advance to: later than it is, and at most two years ahead.") })
  .meta({ id: "AdvanceTestClockRequest", title: "AdvanceTestClockRequest" });

export const TestClock = z
  .object({
    id: idOutput("Id of the test clock."),
    name: z.string(),
    frozen_time: instantOutput("What time it is for its customers."),
    status: z
      .enum(["ready", "advancing"])
      .meta({ description: "While it is advancing, what falls due on the way is being done." }),
    progress: z
      .object({
        from: instantOutput("Where it was."),
        to: instantOutput("Where it is going."),
      })
      .nullable()
      .meta({ description: "How far it is going; `frozen_time` says where it is. Null while it stands still." }),
    failures: z
      .array(z.object({ customer_id: z.string(), message: z.string() }))
      .meta({ description: "Customers for whom something could not be done when it was last advanced, and why." }),
    created_at: instantOutput("When it was made, in real time."),
  })
  .meta({ id: "TestClock", title: "TestClock" });

export type ClockFailure = { customer_id: string; message: string };

export type TestClockRow = {
  tenant_id: number;
  test_clock_id: string;
  name: string;
  frozen_time: Date;
  moves_from: Date | null;
  moves_to: Date | null;
  failures: ClockFailure[];
  created_at: Date;
};

export type TestClockFields = z.output<typeof TestClockCreate>;

export function presentTestClock(row: TestClockRow): z.input<typeof TestClock> {
  const { moves_from: from, moves_to: to } = row;
  return {
    id: row.test_clock_id,
    name: row.name,
    frozen_time: row.frozen_time.toISOString(),
    status: to === null ? "ready" : "advancing",
    progress: from === null || to === null ? null : { from: from.toISOString(), to: to.toISOString() },
    failures: row.failures,
    created_at: row.created_at.toISOString(),
  };
}
