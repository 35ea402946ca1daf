import { useContext, type ReactNode } from "react";
import type {
  CompanyResponse,
  MeterListResponse,
  PricingUnitListResponse,
} from "../../../../sdk/src/generated/types.ts";
import { useRead } from "../api/use-api.ts";
import { Choice, Field, FieldErrors } from "../ui/field.tsx";
import { isObject, listOf, textOf, wholeOf, type Draft, type Path } from "./plan-draft.ts";
import type { Spec } from "./plan-fields.ts";
import { MatrixRows, Tiers } from "./tier-rows.tsx";

export type Change = (path: Path, value: unknown) => void;

type FieldsProps = { specs: readonly Spec[]; of: Draft; path: Path; change: Change; children?: ReactNode };

/** The fields of one thing in a plan, as wide as there is room; what needs rows of its own has a line for itself. */
export function SpecFields({ specs, of, path, change, children }: FieldsProps) {
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] items-start gap-x-3 gap-y-2.5">
      {specs.map((spec) => (
        <SpecField key={spec.name} {...{ spec, of, path, change }} />
      ))}
      {children}
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
      return <DenominationFields {...{ of, path, change }} />;
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
function withOwn(options: readonly (readonly [string, string])[], value: string) {
  return options.some(([each]) => each === value) ? options : [...options, [value, value] as const];
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

/** A currency by its code, or one of the company's pricing units. */
function DenominationFields({ of, path, change }: Omit<OneProps, "spec">) {
  const { data } = useRead<PricingUnitListResponse>("/v1/pricing-units", { limit: 100 });
  const ofCompany = useRead<CompanyResponse>("/v1/company").data?.company.currency_code ?? "";
  const errors = useContext(FieldErrors);
  const unit = textOf(of.pricing_unit_code);
  const units = (data?.pricing_units ?? []).map(({ code, name }) => [code, name] as const);
  const currencyPath = [...path, "currency_code"];
  const unitPath = [...path, "pricing_unit_code"];
  const choices = withOwn([["", "Currency"], ...units], unit);
  const isOnlyCurrency = choices.length === 1 && errors[unitPath.join(".")] === undefined;
  return (
    <>
      {!isOnlyCurrency && (
        <Choice
          label="In"
          name={unitPath.join(".")}
          value={unit}
          options={choices}
          onPick={(picked) => {
            const { currency_code: _, pricing_unit_code: __, ...others } = of;
            change(path, {
              ...others,
              ...(picked === "" ? { currency_code: ofCompany } : { pricing_unit_code: picked }),
            });
          }}
        />
      )}
      {unit === "" && (
        <Field
          label="Currency"
          name={currencyPath.join(".")}
          value={textOf(of.currency_code)}
          maxLength={3}
          spellCheck={false}
          onChange={(event) => change(currencyPath, event.target.value)}
        />
      )}
    </>
  );
}
