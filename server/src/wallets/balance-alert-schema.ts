import { z } from "zod";
import type { Denomination } from "../../../core/denomination.ts";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
  presentDenomination,
} from "../http/denomination.ts";
import { decimalField, decimalOutput, idOutput, instantOutput } from "../http/fields.ts";
import type { BalanceAlert as Alert } from "./watch.ts";

export const BalanceAlertCreate = z
  .object({
    threshold: decimalField("Below this the balance is low; a threshold below 0 watches what is owed."),
    ...denominationFields,
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "CreateBalanceAlertRequest", title: "CreateBalanceAlertRequest" });

export type BalanceAlertFields = z.output<typeof BalanceAlertCreate>;

export const BalanceAlert = z
  .object({
    id: idOutput("Id of the alert."),
    customer_id: idOutput("The customer whose wallet it watches."),
    threshold: decimalOutput("Below this the balance is low."),
    ...denominationOutput,
    is_low: z.boolean().meta({ description: "What was told last: that the balance is low, or that it is not." }),
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "BalanceAlert", title: "BalanceAlert" });

/** An alert with the wallet that it watches. */
export type CustomerAlert = { customerId: string; denomination: Denomination; alert: Alert };

export function presentBalanceAlert({ customerId, denomination, alert }: CustomerAlert): z.input<typeof BalanceAlert> {
  return {
    id: alert.id,
    customer_id: customerId,
    threshold: alert.threshold.toString(),
    ...presentDenomination(denomination),
    is_low: alert.isLow,
    created_at: alert.createdAt.toISOString(),
  };
}
