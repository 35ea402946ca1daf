/** What a meter measures: which events count, and how much of what each of them adds. */
import { one, type Decimal } from "./decimal.ts";
import { BillingError } from "./errors.ts";
import type { Instant } from "./period.ts";
import { isSameValue, propertyOf, readDecimal, type Properties, type ScalarValue } from "./property.ts";

export type UsageEvent = { eventName: string; timestamp: Instant; properties: Properties };

export type Meter = {
  code: string;
  eventName: string;
  aggregation: Aggregation;
  /** All of them must hold; none means every event of the name. */
  filters: MeterFilter[];
};

export type Aggregation = { type: "count" } | { type: "sum"; property: string };

export type MeterFilter =
  | { property: string; operator: "equals" | "not_equals"; value: ScalarValue }
  | { property: string; operator: "in"; value: ScalarValue[] }
  | { property: string; operator: "exists" | "not_exists" }
  | { property: string; operator: NumericOperator; value: ScalarValue };

export type NumericOperator = "greater_than" | "greater_than_or_equal" | "less_than" | "less_than_or_equal";

/** Whether the meter measures the event: its name is the meter's, and every filter holds. */
export function matches(meter: Meter, event: UsageEvent): boolean {
  return event.eventName === meter.eventName && meter.filters.every((filter) => holds(filter, event.properties));
}

/**
 * How much an event that the meter matches adds to it: 1 for a count, the property's number for a sum. May be negative.
 * @throws INVALID_PROPERTY if a sum's property is missing or not numeric: reading it as 0 would lose money silently.
 */
export function quantityOf(meter: Meter, event: UsageEvent): Decimal {
  const { aggregation } = meter;
  if (aggregation.type === "count") return one;
  const value = propertyOf(event.properties, aggregation.property);
  const quantity = readDecimal(value);
  if (quantity === null) throw invalidProperty(meter.code, aggregation.property, value === undefined);
  return quantity;
}

/** The meter's reading for a period after one more event. Every aggregation of today adds up. */
export function accumulate(_aggregation: Aggregation, before: Decimal, quantity: Decimal): Decimal {
  return before.plus(quantity);
}

/**
 * Whether one filter holds. Where the property is missing or null only `not_equals` and `not_exists` hold, so that
 * `not_equals` is always the opposite of `equals`. A comparison holds only between numbers: what is not one is neither
 * greater nor less.
 */
function holds(filter: MeterFilter, properties: Properties): boolean {
  const value = propertyOf(properties, filter.property);
  switch (filter.operator) {
    case "exists":
      return value !== undefined;
    case "not_exists":
      return value === undefined;
    case "equals":
      return value !== undefined && isSameValue(value, filter.value);
    case "not_equals":
      return value === undefined || !isSameValue(value, filter.value);
    case "in":
      return value !== undefined && filter.value.some((each) => isSameValue(value, each));
    default: {
      const [left, right] = [readDecimal(value), readDecimal(filter.value)];
      return left !== null && right !== null && compares(filter.operator, left.compare(right));
    }
  }
}

function compares(operator: NumericOperator, order: -1 | 0 | 1): boolean {
  if (operator === "greater_than") return order > 0;
  if (operator === "greater_than_or_equal") return order >= 0;
  if (operator === "less_than") return order < 0;
  return order <= 0;
}

function invalidProperty(meterCode: string, property: string, isMissing: boolean): BillingError {
  const message = `The meter "${meterCode}" needs a number or a numeric string here; it is ${isMissing ? "missing" : "not one"}.`;
  return new BillingError("INVALID_PROPERTY", {
    details: [{ path: `properties.${property}`, message, property, meter_code: meterCode }],
  });
}
