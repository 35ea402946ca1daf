import { useState } from "react";
import type { UsagePrice } from "../../../../sdk/src/generated/types.ts";
import { showAmount, showNumber } from "../amounts.ts";
import { Field } from "../ui/field.tsx";
import { costAt, likelyQuantity } from "./price-cost.ts";

const steps = 60;
const size = { width: 360, height: 140, floor: 118, left: 4 };

/** What a price comes to over quantity, and at one of your choice. By the very code that charges, so it cannot say anything else. */
export function PriceChart({ price }: { price: UsagePrice }) {
  const [typed, setTyped] = useState<string | null>(null);
  const most = likelyQuantity(price);
  if (most === null) return <p className="text-muted">What it costs depends on each event.</p>;
  const asked = typed ?? String(most);
  const isNumber = /^\d{1,15}(?:\.\d{1,9})?$/.test(asked);
  const until = isNumber ? Math.max(Number.parseFloat(asked) * 1.25, 1) : most;
  const points = Array.from({ length: steps + 1 }, (_, index) => {
    const quantity = (until * index) / steps;
    return { quantity, cost: Number.parseFloat(costAt(price, quantity.toFixed(6)) ?? "0") };
  });
  const highest = Math.max(...points.map(({ cost }) => cost), 0);
  const x = (quantity: number) => size.left + (quantity / until) * (size.width - 2 * size.left);
  const y = (cost: number) => size.floor - (highest > 0 ? (cost / highest) * (size.floor - 14) : 0);
  const cost = isNumber ? costAt(price, asked) : null;
  return (
    <div className="flex flex-col gap-2">
      <svg
        role="img"
        aria-label={`Cost over quantity, up to ${showNumber(String(Math.round(until)))}`}
        viewBox={`0 0 ${size.width} ${size.height}`}
        className="w-full"
      >
        <line x1={0} x2={size.width} y1={size.floor} y2={size.floor} className="stroke-line" />
        <polyline
          points={points.map(({ quantity, cost: at }) => `${x(quantity)},${y(at)}`).join(" ")}
          fill="none"
          strokeWidth="2"
          className="stroke-accent"
        />
        {isNumber && cost !== null && (
          <circle cx={x(Number.parseFloat(asked))} cy={y(Number.parseFloat(cost))} r="4" className="fill-accent" />
        )}
        <text x={size.left} y={size.height - 6} className="fill-muted text-[11px]">
          0
        </text>
        <text x={size.width - size.left} y={size.height - 6} textAnchor="end" className="fill-muted text-[11px]">
          {showNumber(String(Math.round(until)))}
        </text>
      </svg>
      <div className="flex flex-wrap items-end gap-3">
        <Field
          label="Quantity"
          name={`quantity of ${price.code}`}
          value={asked}
          inputMode="decimal"
          onChange={(event) => setTyped(event.target.value)}
        />
        <output className="pb-2 font-medium">{cost === null ? "–" : showAmount(cost, price)}</output>
      </div>
    </div>
  );
}
