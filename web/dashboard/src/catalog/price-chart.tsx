import { useState, type ReactNode } from "react";
import { decimal, max, one, zero, type Decimal } from "../../../../core/decimal.ts";
import type { UsagePrice } from "../../../../sdk/src/generated/types.ts";
import { showAmount, showNumber } from "../amounts.ts";
import { Field } from "../ui/field.tsx";
import { chargedPrice, costAt } from "./price-cost.ts";
import { likelyQuantity, lineOf, roundUp, type Point } from "./price-line.ts";

const quantities = /^\d{1,15}(?:\.\d{1,9})?$/;
const headroom = decimal("1.25");

/**
 * What a price comes to over quantity, and at one of your choice, beside what is said of it. By the very code that charges, so it
 * cannot say anything else.
 */
export function PriceChart({ price, children }: { price: UsagePrice; children?: ReactNode }) {
  const [typed, setTyped] = useState<string | null>(null);
  const charged = chargedPrice(price);
  if (charged === null)
    return (
      <>
        {children}
        <p className="text-muted">What it costs depends on each event.</p>
      </>
    );
  const likely = likelyQuantity(charged);
  const asked = typed ?? likely.toString();
  const quantity = quantities.test(asked) ? decimal(asked) : null;
  const at = quantity === null ? null : { quantity, cost: costAt(charged, quantity) };
  const until = roundUp((quantity?.isPositive() ? quantity : likely).times(headroom));
  return (
    <div className="@container">
      <div className="grid grid-cols-1 gap-4 @xl:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="flex flex-col gap-3">
          {children}
          <div className="flex flex-wrap items-end gap-x-3 gap-y-1">
            <div className="w-36">
              <Field
                label="Quantity"
                name={`quantity of ${price.code}`}
                value={asked}
                inputMode="decimal"
                onChange={(event) => setTyped(event.target.value)}
              />
            </div>
            <output className="min-w-0 pb-2 font-medium wrap-anywhere">
              {at === null ? "–" : showAmount(at.cost.toString(), price)}
            </output>
          </div>
        </div>
        <Line price={price} points={lineOf(charged, until)} until={until} at={at} />
      </div>
    </div>
  );
}

type LineProps = { price: UsagePrice; points: Point[]; until: Decimal; at: Point | null };

/** The line between its scales, which are no part of the picture: they keep the size of text, however wide it is drawn. */
function Line({ price, points, until, at }: LineProps) {
  const highest = points.reduce((most, { cost }) => max(most, cost), zero);
  const top = highest.isPositive() ? roundUp(highest) : one;
  const [most, farthest] = [
    showAmount(top.toString(), price),
    `${showNumber(until.toString())} ${price.meter_code.replaceAll("_", " ")}`,
  ];
  const x = ({ quantity }: Point) => percentOf(quantity, until);
  const y = ({ cost }: Point) => 100 - percentOf(cost, top);
  return (
    <div className="flex min-w-0 flex-col gap-1 text-xs text-muted">
      <p className="wrap-anywhere">{most}</p>
      <div className="relative">
        <svg
          role="img"
          aria-label={`What 0 to ${farthest} cost, up to ${most}`}
          viewBox="0 0 100 100"
          preserveAspectRatio="none"
          className="block h-32 w-full overflow-visible"
        >
          <path d="M0 0H100M0 100H100" vectorEffect="non-scaling-stroke" className="stroke-line" />
          <polyline
            points={points.map((point) => `${x(point)},${y(point)}`).join(" ")}
            fill="none"
            strokeWidth="2"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
            className="stroke-accent"
          />
        </svg>
        {at && (
          <span
            style={{ left: `${x(at)}%`, top: `${y(at)}%` }}
            className="absolute size-2 -translate-1/2 rounded-full bg-accent"
          />
        )}
      </div>
      <p className="flex justify-between gap-3">
        <span>0</span>
        <span className="min-w-0 text-right wrap-anywhere">{farthest}</span>
      </p>
    </div>
  );
}

/** Only where something is drawn is rounded, never what is said of it. */
function percentOf(part: Decimal, whole: Decimal): number {
  return (Number.parseFloat(part.toString()) / Number.parseFloat(whole.toString())) * 100;
}
