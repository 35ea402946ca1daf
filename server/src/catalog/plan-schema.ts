/** Plans and their versions on the wire. */
import { z } from "zod";
import { codeField, idOutput, instantOutput } from "../http/fields.ts";
import { documentInput, documentOutput, type PlanFields, type StoredDocument } from "./document-schema.ts";
import { problemsOf, readStoredDocument, toStoredDocument } from "./plan-document.ts";

export const PlanCreate = z
  .object({ code: codeField("What subscriptions name it by. Never changes."), ...documentInput })
  .superRefine(refuseSenseless)
  .meta({ id: "CreatePlanRequest", title: "CreatePlanRequest" });

export const PlanVersionCreate = z
  .object({
    ...documentInput,
    dry_run: z
      .boolean()
      .default(false)
      .meta({ description: "Answers what the version would change for live subscriptions, and creates nothing." }),
  })
  .superRefine(refuseSenseless)
  .meta({ id: "CreatePlanVersionRequest", title: "CreatePlanVersionRequest" });

export function refuseSenseless(plan: PlanFields, context: z.RefinementCtx): void {
  // What is malformed already cannot be read as a document.
  if (context.issues.length > 0) return;
  for (const { path, message } of problemsOf(toStoredDocument("", plan))) {
    context.addIssue({ code: "custom", path: path.split("."), message });
  }
}

/** A plan with the document of its latest version; `updated_at` is when that was created. */
export type PlanRow = {
  plan_id: string;
  code: string;
  version: number;
  document: StoredDocument;
  created_at: Date;
  updated_at: Date;
};

export type PlanVersionRow = { plan_code: string; version: number; document: StoredDocument; created_at: Date };

export const Plan = z
  .object({
    id: idOutput("Id of the plan."),
    code: z.string().meta({ description: "What subscriptions name it by." }),
    version: z.int().meta({ description: "The latest version, which is the one shown; the first is 1." }),
    ...documentOutput,
    created_at: instantOutput("When the plan was created."),
    updated_at: instantOutput("When its latest version was created."),
  })
  .meta({ id: "Plan", title: "Plan" });

export const PlanVersion = z
  .object({
    plan_code: z.string(),
    version: z.int().meta({ description: "The first is 1, and there are no gaps." }),
    ...documentOutput,
    created_at: instantOutput("When the version was created. It never changes after that."),
  })
  .meta({ id: "PlanVersion", title: "PlanVersion" });

export function presentPlan(row: PlanRow): z.input<typeof Plan> {
  return {
    id: row.plan_id,
    code: row.code,
    version: row.version,
    ...readStoredDocument(row.document),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export function presentPlanVersion(row: PlanVersionRow): z.input<typeof PlanVersion> {
  const { plan_code, version, document, created_at } = row;
  return { plan_code, version, ...readStoredDocument(document), created_at: created_at.toISOString() };
}
