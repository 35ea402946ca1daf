/** Usage prices on the wire, one schema for each pricing model. */
import { z } from "zod";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
} from "../http/denomination.ts";
import { codeField, decimalOutput, decimalTextField, zeroDecimalTextField } from "../http/fields.ts";
import { modifierInput, modifierOutput } from "./modifier-schema.ts";
import { propertyField } from "./property-schema.ts";
import { oneOf } from "./schema.ts";
import {
  matrixRowsInput,
  matrixRowsOutput,
  percentageTiersInput,
  percentageTiersOutput,
  tiersInput,
  tiersOutput,
} from "./tier-schema.ts";

const modelText = {
  per_unit: "Every unit costs the same. 0.002 per unit: 1,500 units cost 3.",
  graduated: "Every unit costs what its own tier says. 10 units at 2, more at 1: 12 units cost 22.",
  volume: "All units cost what the tier of the last one says. Up to 10 at 2, more at 1: 12 units cost 12.",
  package: "Whole packages, a started one included, after the free units. 5 per 100, 100 free: 201 units cost 10.",
  percentage:
    "A part of the quantity, which is an amount of money, and an amount per event. 2.9 % and 0.30: a payment of 100 costs 3.20.",
  graduated_percentage: "Like `graduated`, with a rate for each tier. 1 % up to 1,000, then 2 %: 1,500 costs 20.",
  matrix: "A unit price for each combination of property values. large in the EU at 3: 5 such units cost 15.",
  dynamic: "The event itself says what it costs, in a property.",
  flat_per_event: "Every event costs the same, whatever its quantity.",
};

const text = {
  unitAmount: "What one unit costs, exact, in the price's denomination.",
  packageSize: "Units in one package.",
  packageAmount: "What one package costs, started ones as well, in the price's denomination.",
  freeUnits: "Units of a period before the first package.",
  ratePercent: "In percent of the quantity: `2.9` is 2.9 %.",
  fixedAmount: "What every event costs beside the rate, in the price's denomination.",
  freeAmount: "The part of a period's quantity that is free of the rate; `fixed_amount` is owed all the same.",
  minimumPerEvent:
    "The least that one event costs. With it every event is charged on its own, and nothing can be free or included.",
  maximumPerEvent:
    "The most that one event costs. With it every event is charged on its own, and nothing can be free or included.",
  dimensions: "Properties whose values decide on the unit price, at most 5.",
  defaultUnitAmount: "What a unit of any other combination costs; null does not price it.",
  amountProperty:
    "Property that holds what the event costs, in the price's denomination: a number or a numeric string.",
  amount: "What one event costs, in the price's denomination.",
};

const identityInput = {
  code: codeField(
    "Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken.",
  ).nullish(),
  meter_code: codeField("The meter whose usage it prices."),
};

const identityOutput = {
  code: z.string().meta({ description: "Unique in the document. Usage is counted by it." }),
  meter_code: z.string().meta({ description: "The meter whose usage it prices." }),
};

function input<Shape extends z.ZodRawShape>(id: string, description: string, shape: Shape) {
  return z
    .object({ ...identityInput, ...shape, ...denominationFields, ...modifierInput })
    .meta({ id, title: id, description });
}

function output<Shape extends z.ZodRawShape>(id: string, description: string, shape: Shape) {
  return z
    .object({ ...identityOutput, ...shape, ...denominationOutput, ...modifierOutput })
    .meta({ id, title: id, description });
}

const nullableInput = (description: string) => decimalTextField(description).nullable().default(null);
const nullableOutput = (description: string) => decimalOutput(description).nullable();

export const usagePriceInput = z
  .discriminatedUnion(
    "model",
    [
      input("PerUnitPriceInput", modelText.per_unit, {
        model: z.literal("per_unit").default("per_unit"),
        unit_amount: decimalTextField(text.unitAmount),
      }),
      input("GraduatedPriceInput", modelText.graduated, { model: z.literal("graduated"), tiers: tiersInput }),
      input("VolumePriceInput", modelText.volume, { model: z.literal("volume"), tiers: tiersInput }),
      input("PackagePriceInput", modelText.package, {
        model: z.literal("package"),
        package_size: decimalTextField(text.packageSize),
        package_amount: decimalTextField(text.packageAmount),
        free_units: zeroDecimalTextField(text.freeUnits),
      }),
      input("PercentagePriceInput", modelText.percentage, {
        model: z.literal("percentage"),
        rate_percent: decimalTextField(text.ratePercent),
        fixed_amount: zeroDecimalTextField(text.fixedAmount),
        free_amount: zeroDecimalTextField(text.freeAmount),
        minimum_per_event: nullableInput(text.minimumPerEvent),
        maximum_per_event: nullableInput(text.maximumPerEvent),
      }),
      input("GraduatedPercentagePriceInput", modelText.graduated_percentage, {
        model: z.literal("graduated_percentage"),
        tiers: percentageTiersInput,
      }),
      input("MatrixPriceInput", modelText.matrix, {
        model: z.literal("matrix"),
        dimensions: z
          .array(propertyField("Name of a property at the top level of the event's `properties`."))
          .meta({ description: text.dimensions }),
        rows: matrixRowsInput,
        default_unit_amount: nullableInput(text.defaultUnitAmount),
      }),
      input("DynamicPriceInput", modelText.dynamic, {
        model: z.literal("dynamic"),
        amount_property: propertyField(text.amountProperty),
      }),
      input("FlatPerEventPriceInput", modelText.flat_per_event, {
        model: z.literal("flat_per_event"),
        amount: decimalTextField(text.amount),
      }),
    ],
    oneOf(...Object.keys(modelText)),
  )
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({
    id: "UsagePriceInput",
    title: "UsagePriceInput",
    description:
      "What a meter's usage costs, in a currency or a pricing unit, by one of nine models; `per_unit` if `model` is left out.",
    override: addMapping,
  });

/** A union of which one member may leave the discriminator out gets no mapping by itself. */
function addMapping({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  const members = jsonSchema.oneOf as { $ref: string }[];
  const models = Object.keys(modelText);
  jsonSchema.discriminator = {
    propertyName: "model",
    mapping: Object.fromEntries(models.map((model, index) => [model, members[index]?.$ref])),
  };
}

export const UsagePrice = z
  .discriminatedUnion("model", [
    output("PerUnitPrice", modelText.per_unit, {
      model: z.literal("per_unit"),
      unit_amount: decimalOutput(text.unitAmount),
    }),
    output("GraduatedPrice", modelText.graduated, { model: z.literal("graduated"), tiers: tiersOutput }),
    output("VolumePrice", modelText.volume, { model: z.literal("volume"), tiers: tiersOutput }),
    output("PackagePrice", modelText.package, {
      model: z.literal("package"),
      package_size: decimalOutput(text.packageSize),
      package_amount: decimalOutput(text.packageAmount),
      free_units: decimalOutput(text.freeUnits),
    }),
    output("PercentagePrice", modelText.percentage, {
      model: z.literal("percentage"),
      rate_percent: decimalOutput(text.ratePercent),
      fixed_amount: decimalOutput(text.fixedAmount),
      free_amount: decimalOutput(text.freeAmount),
      minimum_per_event: nullableOutput(text.minimumPerEvent),
      maximum_per_event: nullableOutput(text.maximumPerEvent),
    }),
    output("GraduatedPercentagePrice", modelText.graduated_percentage, {
      model: z.literal("graduated_percentage"),
      tiers: percentageTiersOutput,
    }),
    output("MatrixPrice", modelText.matrix, {
      model: z.literal("matrix"),
      dimensions: z.array(z.string()).meta({ description: text.dimensions }),
      rows: matrixRowsOutput,
      default_unit_amount: nullableOutput(text.defaultUnitAmount),
    }),
    output("DynamicPrice", modelText.dynamic, {
      model: z.literal("dynamic"),
      amount_property: z.string().meta({ description: text.amountProperty }),
    }),
    output("FlatPerEventPrice", modelText.flat_per_event, {
      model: z.literal("flat_per_event"),
      amount: decimalOutput(text.amount),
    }),
  ])
  .meta({ id: "UsagePrice", title: "UsagePrice", description: "What a meter's usage costs, by one of nine models." });

/** A price as a body gives it: decimals as text, defaults filled in, perhaps without a code. */
export type PriceFields = z.output<typeof usagePriceInput>;

/** A price as it is stored, which is as the wire has it. */
export type StoredPrice = z.output<typeof UsagePrice>;
