import { LosslessNumber } from "lossless-json";
import { Component, memo, type ReactNode } from "react";
import { one } from "../../../../core/decimal.ts";
import type { UsagePrice } from "../../../../sdk/src/generated/types.ts";
import { PriceChart } from "./price-chart.tsx";
import { chargedPrice, costAt } from "./price-cost.ts";

/** A price that is being written, drawn as soon as it can be: what is half typed is not. */
export const PricePreview = memo(({ price, code }: { price: object; code: string }) => {
  const drawable = readPrice(price, code);
  return (
    <section aria-label={code} className="rounded-md border border-line p-3">
      {drawable === null ? (
        <p className="text-muted">Complete the price to see a preview.</p>
      ) : (
        <Drawing>
          <PriceChart price={drawable} />
        </Drawing>
      )}
    </section>
  );
});

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

/** As an answer would have it; null while what charges cannot read it. */
function readPrice(price: object, code: string): UsagePrice | null {
  const whole = asTexts({ ...leftOut, code, ...price }) as UsagePrice;
  try {
    const tiers = "tiers" in whole ? { tiers: whole.tiers.map((tier) => ({ ...{ flat_amount: "0" }, ...tier })) } : {};
    const read = { ...whole, ...tiers } as UsagePrice;
    const charged = chargedPrice(read);
    if (charged !== null) costAt(charged, one);
    return read;
  } catch {
    return null;
  }
}

/** Numbers may be typed as numbers; here they are the texts that answers have. */
function asTexts(value: unknown): unknown {
  if (typeof value === "number" || value instanceof LosslessNumber) return value.toString();
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asTexts(inner)]));
}

/** A price that makes no sense at some quantity leaves the page as it is, with all that was typed. */
class Drawing extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };
  static getDerivedStateFromError() {
    return { hasFailed: true };
  }
  /** It may make sense again once it is another. */
  override componentDidUpdate(before: { children: ReactNode }) {
    if (this.state.hasFailed && before.children !== this.props.children) this.setState({ hasFailed: false });
  }
  override render() {
    return this.state.hasFailed ? <p className="text-muted">This price cannot be drawn.</p> : this.props.children;
  }
}
