import { isSameDenomination } from "../../../core/denomination.ts";
import { BillingError, type ErrorDetail } from "../../../core/errors.ts";
import { withOverrides } from "../../../core/plan-overrides.ts";
import { validatePlan } from "../../../core/plan-validation.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import { toDenomination } from "../http/denomination.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Queryable } from "../platform/db.ts";
import { toMeter } from "./meter-schema.ts";
import { toPlanOverrides, type OverrideFields, type StoredOverrides } from "./override-schema.ts";
import { wirePath } from "./plan-document.ts";
import * as rows from "./sql.ts";
import { toStoredPrices } from "./stored-price.ts";

/**
 * The overrides to store for a subscription to `plan`. @throws VALIDATION_ERROR, at the path of the override, for one of a price or
 * fee that the plan does not have, of another meter or denomination, named twice, or that makes no sense with the plan's.
 */
export async function agreeOverrides(
  db: Queryable,
  tenant: Tenant,
  plan: PlanDocument,
  fields: OverrideFields,
): Promise<StoredOverrides> {
  const stored: StoredOverrides = {
    price_overrides: toStoredPrices(fields.price_overrides),
    fee_overrides: fields.fee_overrides,
  };
  const details = misnamed(stored, plan);
  if (details.length === 0) details.push(...(await senseless(db, tenant, stored, plan)));
  if (details.length > 0) throw new BillingError("VALIDATION_ERROR", { details });
  return stored;
}

function misnamed({ price_overrides, fee_overrides }: StoredOverrides, plan: PlanDocument): ErrorDetail[] {
  const prices = price_overrides.flatMap((override, index) => {
    const path = `price_overrides.${index}`;
    const price = plan.usagePrices.find(({ code }) => code === override.code);
    if (price === undefined)
      return [{ path: `${path}.code`, message: `The plan has no usage price "${override.code}".` }];
    if (price.meterCode !== override.meter_code)
      return [{ path: `${path}.meter_code`, message: `The plan's price is of the meter "${price.meterCode}".` }];
    if (!isSameDenomination(price.denomination, toDenomination(override)))
      return [{ path: `${path}.currency_code`, message: `The plan's price is in ${price.denomination.code}.` }];
    return [];
  });
  const fees = fee_overrides.flatMap(({ code }, index) =>
    plan.fixedFees.some((fee) => fee.code === code)
      ? []
      : [{ path: `fee_overrides.${index}.code`, message: `The plan has no fixed fee "${code}".` }],
  );
  return [
    ...prices,
    ...fees,
    ...repeated("price_overrides", price_overrides),
    ...repeated("fee_overrides", fee_overrides),
  ];
}

function repeated(list: string, overrides: { code: string }[]): ErrorDetail[] {
  return overrides.flatMap(({ code }, index) =>
    overrides.findIndex((other) => other.code === code) === index
      ? []
      : [{ path: `${list}.${index}.code`, message: `"${code}" is overridden above already.` }],
  );
}

async function senseless(
  db: Queryable,
  tenant: Tenant,
  stored: StoredOverrides,
  plan: PlanDocument,
): Promise<ErrorDetail[]> {
  const meterCodes = stored.price_overrides.map(({ meter_code }) => meter_code);
  const meters = meterCodes.length === 0 ? [] : await rows.findMetersByCode(db, tenant.id, meterCodes);
  const agreed = withOverrides(plan, toPlanOverrides(stored));
  return validatePlan(agreed, meters.map(toMeter)).map(({ path, message }) => ({
    path: wirePath(path)
      .replace(/^usage_prices\.(\d+)/, (_, index: string) =>
        placeOf("price_overrides", stored, agreed.usagePrices, index),
      )
      .replace(/^fixed_fees\.(\d+)/, (_, index: string) => placeOf("fee_overrides", stored, agreed.fixedFees, index)),
    message,
  }));
}

/** Where the override stands that the plan's item at `index` got its content from. */
function placeOf(
  list: keyof StoredOverrides,
  stored: StoredOverrides,
  items: readonly { code: string }[],
  index: string,
): string {
  const code = items[Number.parseInt(index, 10)]?.code;
  return `${list}.${stored[list].findIndex((override) => override.code === code)}`;
}
