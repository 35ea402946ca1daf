/** What a meter measures: which events count, and what each of them adds to a counter. */
import { one, zero, type Decimal } from "./decimal.ts";
import { valueText } from "./dimension.ts";
import { evaluate, propertiesOf, type Expression } from "./expression.ts";
import { invalidProperty } from "./invalid-property.ts";
import type { Instant } from "./period.ts";
import { isSameValue, propertyOf, readDecimal, type Properties, type ScalarValue } from "./property.ts";
import type { Window } from "./window.ts";

export type UsageEvent = { eventName: string; timestamp: Instant; properties: Properties };

export type Meter = {
  code: string;
  eventName: string;
  aggregation: Aggregation;
  /** Read over each window on its own, and the readings of a period's windows added up; null reads the period as a whole. */
  window: Window | null;
  /** All of them must hold; none means every event of the name. */
  filters: MeterFilter[];
};

/**
 * How a period's events become one quantity.
 * - `count`: how many there were. `sum`: their quantities added up.
 * - `max`, `min`: the greatest, the least quantity. `latest`: the quantity of the last timestamp, of two at once the greater.
 * - `unique_count`: how many different values a property had, exactly.
 * - `weighted_sum`: a level over time. An event's quantity is the change of the level from its timestamp on, and the reading
 *   is the level times the time it lasted: GB-hours of storage. See docs/decisions/0022-weighted-sum.md.
 */
export type Aggregation =
  | { type: "count" }
  | ({ type: "sum" | "max" | "min" | "latest" } & Measure)
  | { type: "unique_count"; property: string }
  | ({ type: "weighted_sum"; per: TimeUnit } & Measure);

/** What an event's quantity is: one property, or an expression of several. */
export type Measure = { property: string; expression?: undefined } | { expression: Expression; property?: undefined };

/** What a level is multiplied by. "period" gives the level's average over the period: GB-months. */
export type TimeUnit = "second" | "minute" | "hour" | "day" | "period";

/** What one event brings to a meter. */
export type Measurement = {
  /** 1 for a count; for a weighted sum the change of the level; zero for a unique count, which `value` decides. */
  quantity: Decimal;
  /** For a unique count: the canonical text of the value. */
  value: string | null;
};

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
 * What an event that the meter matches brings to it. Quantities may be negative.
 * @throws INVALID_PROPERTY if a property it needs is missing or unusable: reading it as 0 would lose money silently.
 */
export function measure(meter: Meter, event: UsageEvent): Measurement {
  const { aggregation } = meter;
  if (aggregation.type === "count") return { quantity: one, value: null };
  if (aggregation.type === "unique_count") {
    return { quantity: zero, value: uniqueValue(meter.code, aggregation.property, event.properties) };
  }
  return { quantity: quantityOf(meter.code, aggregation, event.properties), value: null };
}

function quantityOf(meterCode: string, measured: Measure, properties: Properties): Decimal {
  if (measured.expression === undefined) return readNumber(meterCode, measured.property, properties);
  const { expression } = measured;
  return evaluate(expression, {
    isMissing: (property) => propertyOf(properties, property) === undefined,
    read: (property) => readNumber(meterCode, property, properties),
    refuse: (reason) => {
      throw invalidProperty(firstProperty(expression), { meterCode }, `computes ${expression.text}, which ${reason}`);
    },
  });
}

/** Where a client looks first if an expression as a whole cannot be computed. */
function firstProperty(expression: Expression): string {
  return propertiesOf(expression)[0] ?? "";
}

function readNumber(meterCode: string, property: string, properties: Properties): Decimal {
  const value = propertyOf(properties, property);
  const number = readDecimal(value);
  if (number !== null) return number;
  const reason = value === undefined ? "missing" : "not one";
  throw invalidProperty(property, { meterCode }, `needs a number or a numeric string here; it is ${reason}`);
}

function uniqueValue(meterCode: string, property: string, properties: Properties): string {
  const value = propertyOf(properties, property);
  const text = value === undefined ? null : valueText(value);
  if (text !== null) return text;
  const reason = value === undefined ? "missing" : "none of them";
  throw invalidProperty(property, { meterCode }, `needs a string, a number, true or false here; it is ${reason}`);
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
