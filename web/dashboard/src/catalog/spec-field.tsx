import { useContext } from "react";
import { currencyCodes } from "../../../../core/currency.ts";
import type { MeterListResponse, PricingUnitListResponse } from "../../../../sdk/src/generated/types.ts";
import { useRead } from "../api/use-api.ts";
import { Choice, Field, FieldErrors } from "../ui/field.tsx";
import { isObject, listOf, textOf, wholeOf, type Draft, type Path } from "./plan-draft.ts";
import { intervals, modelSpecs, type Spec } from "./plan-fields.ts";
import { modelOf, withModel } from "./price-model.ts";
import { MatrixRows, Tiers } from "./tier-rows.tsx";

export type Change = (path: Path, value: unknown) => void;

type FieldsProps = { specs: readonly Spec[]; of: Draft; path: Path; change: Change };

/** The fields of one thing in a plan, two beside each other where there is room. */
export function SpecFields({ specs, of, path, change }: FieldsProps) {
  return (
    <div className="@container">
      <div className="grid grid-cols-1 items-start gap-x-3 gap-y-2.5 @md:grid-cols-2">
        {specs.map((spec) => {
          const field = <SpecField key={spec.name} {...{ spec, of, path, change }} />;
          return spec.isWide ? (
            <div key={spec.name} className="col-span-full">
              {field}
            </div>
          ) : (
            field
          );
        })}
      </div>
    </div>
  );
}

type OneProps<Kind extends Spec["kind"] = Spec["kind"]> = {
  spec: Extract<Spec, { kind: Kind }>;
  of: Draft;
  path: Path;
  change: Change;
};

function SpecField({ spec, of, path, change }: OneProps) {
  switch (spec.kind) {
    case "choice":
      return <ChoiceField {...{ spec, of, path, change }} />;
    case "intervals":
      return <IntervalsFields {...{ spec, of, path, change }} />;
    case "recurrence":
      return <RecurrenceField {...{ spec, of, path, change }} />;
    case "part":
      return <PartFields {...{ spec, of, path, change }} />;
    case "tiers":
      return <Tiers tiers={listOf(of.tiers)} amount={spec.amount} path={[...path, "tiers"]} change={change} />;
    case "matrix":
      return (
        <MatrixRows
          rows={listOf(of.rows)}
          dimensions={listOf(of.dimensions).map(textOf)}
          path={[...path, "rows"]}
          change={change}
        />
      );
    case "meter":
      return <MeterField {...{ spec, of, path, change }} />;
    case "denomination":
      return <DenominationField {...{ spec, of, path, change }} />;
    case "model":
      return <ModelField {...{ spec, of, path, change }} />;
    default:
      return <TextField {...{ spec, of, path, change }} />;
  }
}

function TextField({ spec, of, path, change }: OneProps<"text" | "decimal" | "whole" | "names">) {
  const at = [...path, spec.name];
  const value = of[spec.name];
  const isNames = spec.kind === "names";
  const take = (text: string) => {
    if (spec.kind === "whole") return wholeOf(text.trim());
    if (isNames) return namesIn(text);
    // A field that must be there stays, empty as it is, to be told of where it stands.
    return text === "" && spec.isRequired !== true ? undefined : text;
  };
  return (
    <Field
      label={spec.label}
      name={at.join(".")}
      hint={spec.hint}
      placeholder={spec.ifEmpty}
      inputMode={spec.kind === "decimal" ? "decimal" : spec.kind === "whole" ? "numeric" : "text"}
      spellCheck={false}
      {...(isNames
        ? {
            // What is typed is read as it is left: a comma at its end is no name yet.
            key: listOf(value).join(","),
            defaultValue: listOf(value).map(textOf).join(", "),
            onBlur: (event) => {
              const names = take(event.target.value) ?? [];
              if (JSON.stringify(names) !== JSON.stringify(listOf(value))) change(at, names);
            },
          }
        : { value: textOf(value), onChange: (event) => change(at, take(event.target.value)) })}
    />
  );
}

const namesIn = (text: string): string[] =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);

function IntervalsFields({ spec, of, path, change }: OneProps<"intervals">) {
  const at = [...path, spec.unit];
  const unit = textOf(of[spec.unit]) || "month";
  return (
    <div className={pair}>
      <TextField spec={{ ...spec, kind: "whole", ifEmpty: "1" }} {...{ of, path, change }} />
      <Choice
        label="Interval"
        name={at.join(".")}
        value={unit}
        options={withOwn(intervalOptions(of[spec.name]), unit)}
        onPick={(picked) => change(at, picked)}
      />
    </div>
  );
}

function RecurrenceField({ spec, of, path, change }: OneProps<"recurrence">) {
  const errors = useContext(FieldErrors);
  const at = [...path, spec.name];
  const given = isObject(of[spec.name]) ? (of[spec.name] as Draft) : null;
  const unit = textOf(given?.interval);
  const isOfWhole = given === null || errors[at.join(".")] !== undefined;
  return (
    <div className={given === null ? "" : pair}>
      {given !== null && (
        <TextField
          spec={{ name: "interval_count", label: spec.label, kind: "whole", ifEmpty: "1" }}
          of={given}
          path={at}
          change={change}
        />
      )}
      <Choice
        label={given === null ? spec.label : "Interval"}
        name={(isOfWhole ? at : [...at, "interval"]).join(".")}
        hint={spec.hint}
        value={unit}
        options={withOwn([["", "billing period"], ...intervalOptions(given?.interval_count)], unit)}
        onPick={(next) => change(at, next === "" ? undefined : { interval_count: 1, ...given, interval: next })}
      />
    </div>
  );
}

/** A number and its unit, as one says it. */
const pair = "grid grid-cols-2 items-start gap-x-3";

/** "month", or "months" after any number but one. */
function intervalOptions(count: unknown) {
  const isOne = ["", "1"].includes(textOf(count));
  return intervals.map((each) => [each, isOne ? each : `${each}s`] as const);
}

function ChoiceField({ spec, of, path, change }: OneProps<"choice">) {
  const at = [...path, spec.name];
  const [[standard] = [""]] = spec.options;
  const value = textOf(of[spec.name]) || standard;
  return (
    <Choice
      label={spec.label}
      name={at.join(".")}
      hint={spec.hint}
      value={value}
      options={withOwn(spec.options, value)}
      onPick={(picked) => change(at, picked === "" ? undefined : picked)}
    />
  );
}

/** What is there is among the choices, also where it is none of them. */
function withOwn(options: readonly (readonly [string, string])[], value: string, text = value) {
  return options.some(([each]) => each === value) ? options : [...options, [value, text] as const];
}

function PartFields({ spec, of, path, change }: OneProps<"part">) {
  const at = [...path, spec.name];
  const part = isObject(of[spec.name]) ? (of[spec.name] as Draft) : null;
  const picked = part === null ? spec.absent : textOf(part[spec.by]);
  return (
    <>
      <Choice
        label={spec.label}
        name={part === null ? at.join(".") : [...at, spec.by].join(".")}
        hint={spec.hint}
        value={picked}
        options={withOwn(spec.options, picked)}
        onPick={(next) => change(at, next === spec.absent ? undefined : { ...spec.initial, ...part, [spec.by]: next })}
      />
      {part !== null &&
        spec.fields
          .filter(({ when }) => when === undefined || when === picked)
          .map((inner) => <SpecField key={inner.name} spec={inner} of={part} path={at} change={change} />)}
    </>
  );
}

function MeterField({ spec, of, path, change }: OneProps<"meter">) {
  const { data } = useRead<MeterListResponse>("/v1/meters", { limit: 100 });
  const at = [...path, spec.name];
  const value = textOf(of[spec.name]);
  const meters = (data?.meters ?? []).filter(({ archived, code }) => !archived || code === value);
  const common = { label: spec.label, name: at.join("."), value };
  if (meters.length === 0 || data?.pagination.has_more)
    return (
      <Field
        {...common}
        hint={meters.length === 0 ? "By its code. There is no meter yet." : "By its code."}
        onChange={(event) => change(at, event.target.value)}
      />
    );
  return (
    <Choice
      {...common}
      options={withOwn(
        meters.map(({ code, name }) => [code, name === code ? code : `${name} (${code})`] as const),
        value,
      )}
      onPick={(code) => change(at, code)}
    />
  );
}

function ModelField({ spec, of, path, change }: OneProps<"model">) {
  const model = modelOf(of);
  const models = Object.entries(modelSpecs).map(([value, { title }]) => [value, title] as const);
  return (
    <Choice
      label={spec.label}
      name={[...path, spec.name].join(".")}
      hint={modelSpecs[model]?.says}
      value={model}
      options={withOwn(models, model)}
      onPick={(next) => change(path, withModel(of, next))}
    />
  );
}

const currencies = currencyCodes.map((code) => [code, code.toUpperCase()] as const);

/** Tells a pricing unit in the list from a currency, whose codes have three letters. */
const unitMark = "unit:";

/** A currency, or one of the company's pricing units: the plan has one field for each, and one of them. */
function DenominationField({ spec, of, path, change }: OneProps<"denomination">) {
  const { data } = useRead<PricingUnitListResponse>("/v1/pricing-units", { limit: 100 });
  const errors = useContext(FieldErrors);
  const units = (data?.pricing_units ?? []).map(({ code, name }) => [`${unitMark}${code}`, name] as const);
  const unit = textOf(of.pricing_unit_code);
  const currency = textOf(of.currency_code).toLowerCase();
  const value = unit === "" ? currency : `${unitMark}${unit}`;
  const [currencyAt, unitAt] = ["currency_code", "pricing_unit_code"].map((name) => [...path, name].join("."));
  const isOfUnit = unit !== "" || errors[unitAt as string] !== undefined;
  const pick = (picked: string) => {
    const isUnit = picked.startsWith(unitMark);
    const now = isUnit ? ["pricing_unit_code", picked.slice(unitMark.length)] : ["currency_code", picked];
    // Where the one before stood, so that the JSON keeps its order.
    const entries = Object.entries(of).map((entry) => (isDenomination(entry[0]) ? now : entry));
    change(path, Object.fromEntries([...entries, now]));
  };
  return (
    <Choice
      label={units.length === 0 ? spec.label : `${spec.label} or unit`}
      name={(isOfUnit ? unitAt : currencyAt) as string}
      hint={spec.hint}
      value={value}
      options={withOwn([...units, ...currencies], value, unit || currency.toUpperCase())}
      onPick={pick}
    />
  );
}

const isDenomination = (name: string) => name === "currency_code" || name === "pricing_unit_code";
