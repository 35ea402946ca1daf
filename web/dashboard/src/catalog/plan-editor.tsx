import { useState } from "react";
import type {
  MeterListResponse,
  Plan,
  PlanVersionPreviewResponse,
  UsagePrice,
} from "../../../../sdk/src/generated/types.ts";
import { showAmount } from "../amounts.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useToast } from "../ui/toast.tsx";
import { documentOf } from "./plan-words.ts";
import { PriceChart } from "./price-chart.tsx";
import { templates } from "./price-templates.ts";

type Document = { [name: string]: unknown; usage_prices?: unknown };

/** Changes a plan's document, with pictures of its prices while typing and its effect on real usage before it is published. */
export function PlanEditor({ plan }: { plan: Plan }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setIsOpen(true)}>
        New version
      </Button>
      <Dialog
        title={`Version ${plan.version + 1} of ${plan.name}`}
        note="New subscriptions get it. Those that run keep theirs until they are moved."
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isWide
      >
        <Editor plan={plan} onDone={() => setIsOpen(false)} />
      </Dialog>
    </>
  );
}

function Editor({ plan, onDone }: { plan: Plan; onDone: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(documentOf(plan), null, 2));
  const [preview, setPreview] = useState<PlanVersionPreviewResponse["preview"] | null>(null);
  const write = useWrite();
  const toast = useToast();
  const meter = useRead<MeterListResponse>("/v1/meters", { limit: 1 }).data?.meters[0]?.code ?? "your_meter";
  const document = readDocument(text);
  const change = (next: string) => {
    setText(next);
    setPreview(null);
  };
  const post = <Answer,>(body: object) =>
    write.send<Answer>({ method: "POST", path: `/v1/plans/${plan.code}/versions`, body });
  const look = async () => {
    const answer = await post<PlanVersionPreviewResponse>({ ...document, dry_run: true });
    setPreview(answer.preview);
  };
  const publish = async () => {
    await post(document as object);
    toast("Version published.");
    onDone();
  };
  const add = (fields: object) => {
    const prices = Array.isArray(document?.usage_prices) ? document.usage_prices : [];
    change(JSON.stringify({ ...document, usage_prices: [...prices, { meter_code: meter, ...fields }] }, null, 2));
  };
  return (
    <div className="flex flex-col gap-4">
      <div role="group" aria-label="Add a price" className="flex flex-wrap gap-2">
        {templates.map(([title, fields]) => (
          <Button key={title} disabled={document === null} onClick={() => add(fields)}>
            + {title}
          </Button>
        ))}
      </div>
      <textarea
        aria-label="The plan as JSON"
        value={text}
        onChange={(event) => change(event.target.value)}
        spellCheck={false}
        rows={18}
        className="w-full rounded-md border border-field bg-raised p-2 font-mono text-xs"
      />
      {document === null && <p className="text-danger">This is no JSON yet.</p>}
      <Charts document={document} />
      {preview && <Effect preview={preview} />}
      <ErrorNote error={write.error} />
      <div className="flex justify-end gap-2">
        <Button disabled={document === null || write.isPending} onClick={() => void look().catch(() => {})}>
          Try on real usage
        </Button>
        <Button
          kind="primary"
          disabled={document === null || write.isPending}
          onClick={() => void publish().catch(() => {})}
        >
          Publish
        </Button>
      </div>
    </div>
  );
}

function readDocument(text: string): Document | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Document) : null;
  } catch {
    return null;
  }
}

const leftOut = {
  currency_code: null,
  pricing_unit_code: null,
  included_units: "0",
  minimum_amount: null,
  maximum_amount: null,
  rounding: null,
  group_by: [],
  late_usage: "current_period",
  free_units: "0",
  model: "per_unit",
};

/** Of the prices that can be drawn as they stand; what is half typed is not drawn. */
function Charts({ document }: { document: Document | null }) {
  const prices = Array.isArray(document?.usage_prices) ? document.usage_prices : [];
  const drawn = prices.flatMap((price: object, index) => {
    const whole = { ...leftOut, code: `price ${index + 1}`, ...price } as unknown as UsagePrice;
    try {
      return [<Drawn key={`${index}`} price={asTexts(whole)} />];
    } catch {
      return [];
    }
  });
  return <div className="grid gap-4 md:grid-cols-2">{drawn}</div>;
}

function Drawn({ price }: { price: UsagePrice }) {
  return (
    <section aria-label={price.code} className="rounded-md border border-line p-3">
      <h3 className="mb-2 text-xs text-muted">
        {price.code}: {price.model.replaceAll("_", " ")} of {price.meter_code}
      </h3>
      <PriceChart price={price} />
    </section>
  );
}

/** Numbers may be typed as numbers; here they are the texts that answers have. @throws where one is none yet */
function asTexts(price: UsagePrice): UsagePrice {
  const text = (value: unknown): unknown => {
    if (typeof value === "number") return String(value);
    if (Array.isArray(value)) return value.map(text);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, text(inner)]));
  };
  const whole = text(price) as UsagePrice;
  const tiers = "tiers" in whole ? whole.tiers.map((tier) => ({ ...{ flat_amount: "0" }, ...(tier as object) })) : null;
  const read = (tiers === null ? whole : { ...whole, tiers }) as UsagePrice;
  const needed = JSON.stringify(read).matchAll(
    /"(?:unit_amount|flat_amount|package_\w+|rate_percent)":("[^"]*"|[^,}]+)/g,
  );
  for (const [, value] of needed) if (!/^"-?\d+(?:\.\d+)?"$/.test(String(value))) throw new Error("half typed");
  return read;
}

type Preview = PlanVersionPreviewResponse["preview"];

function Effect({ preview }: { preview: Preview }) {
  const amounts = (each: Preview["current"]) =>
    each.map((amount) => showAmount(amount.amount, amount)).join(" and ") || "0";
  return (
    <div role="status">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 rounded-md bg-sunken p-3 md:grid-cols-4">
        <div>
          <dt className="text-xs text-muted">Events rated again</dt>
          <dd>{preview.event_count.toLocaleString("en")}</dd>
        </div>
        <div>
          <dt className="text-xs text-muted">They cost</dt>
          <dd>{amounts(preview.current)}</dd>
        </div>
        <div>
          <dt className="text-xs text-muted">They would cost</dt>
          <dd>{amounts(preview.candidate)}</dd>
        </div>
        <div>
          <dt className="text-xs text-muted">Difference</dt>
          <dd className="font-medium">{amounts(preview.difference)}</dd>
        </div>
      </dl>
    </div>
  );
}
