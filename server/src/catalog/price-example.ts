import { Decimal } from "../../../core/decimal.ts";
import { noModifiers } from "../../../core/plan.ts";
import type { PricingExample } from "../../../core/pricing/examples.ts";

/**
 * The price of an example as a body has it: what stands at its default is left out. Says neither meter nor denomination.
 * Example: `{ model: "per_unit", unit_amount: "0.001" }`.
 */
export function priceBodyOf({ price }: PricingExample): Record<string, unknown> {
  const { model, ...rest } = price;
  const given = Object.entries(rest).filter(([name, value]) => !isDefault(name, value));
  return { model, ...Object.fromEntries(given.map(([name, value]) => [wireName(name), toWire(value)])) };
}

function isDefault(name: string, value: unknown): boolean {
  if (value === null) return true;
  const standard = (noModifiers as Record<string, unknown>)[name];
  return JSON.stringify(standard) === JSON.stringify(value);
}

const renamed: Record<string, string> = { minimum: "minimum_amount", maximum: "maximum_amount" };

function wireName(name: string): string {
  return renamed[name] ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toWire(value: unknown): unknown {
  if (value instanceof Decimal) return value.toString();
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [wireName(name), toWire(item)]));
}
