import { Plus, X } from "lucide-react";
import { useContext, useId, type CSSProperties, type ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { FieldErrors } from "../ui/field.tsx";
import { isObject, textOf, type Draft, type Path } from "./plan-draft.ts";
import type { Change } from "./spec-field.tsx";

type TiersProps = { tiers: unknown[]; amount: "unit_amount" | "rate_percent"; path: Path; change: Change };

/** Tiers as rows, of which the last has no end. */
export function Tiers({ tiers, amount, path, change }: TiersProps) {
  const rows = tiers.map((tier) => (isObject(tier) ? tier : {}));
  const add = () => {
    const [last = {}, before] = rows.toReversed();
    // Ten times as far as the one before, to be changed; the last one stays without an end.
    const added = { ...last, up_to: before === undefined ? "1000" : `${textOf(before.up_to)}0` };
    change(path, rows.length === 0 ? [{ up_to: null, [amount]: "0" }] : rows.toSpliced(-1, 0, added));
  };
  return (
    <RowGroup
      title="Tiers"
      path={path}
      columns={[
        ["Up to", 4],
        [amount === "unit_amount" ? "Each unit" : "Percent", 5],
        ["Flat fee", 3],
      ]}
      addText="Add tier"
      onAdd={add}
    >
      {rows.map((tier, index) => (
        <Row
          // What a row is, its place says.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          label={`tier ${index + 1}`}
          onRemove={() => change(path, rows.toSpliced(index, 1))}
        >
          <Cell
            label={`Up to, tier ${index + 1}`}
            value={textOf(tier.up_to)}
            placeholder="no end"
            path={[...path, index, "up_to"]}
            onType={(text) => change([...path, index, "up_to"], text === "" ? null : text)}
          />
          <Cell
            label={`${amount === "unit_amount" ? "Each unit" : "Percent"}, tier ${index + 1}`}
            value={textOf(tier[amount])}
            path={[...path, index, amount]}
            onType={(text) => change([...path, index, amount], text)}
          />
          <Cell
            label={`Flat fee, tier ${index + 1}`}
            value={textOf(tier.flat_amount)}
            placeholder="0"
            path={[...path, index, "flat_amount"]}
            onType={(text) => change([...path, index, "flat_amount"], text === "" ? undefined : text)}
          />
        </Row>
      ))}
    </RowGroup>
  );
}

type MatrixProps = { rows: unknown[]; dimensions: string[]; path: Path; change: Change };

/** A price for each combination of values: a text, true, false, or that the event says nothing. */
export function MatrixRows({ rows, dimensions, path, change }: MatrixProps) {
  const all = rows.map((row) => (isObject(row) ? row : {}));
  const add = () =>
    change(path, [...all, { values: dimensions.map(() => ""), unit_amount: all.at(-1)?.unit_amount ?? "0" }]);
  return (
    <RowGroup
      title="Prices"
      path={path}
      columns={[...dimensions.map((name) => [name, 4] as const), ["Each unit", 5]]}
      addText="Add row"
      onAdd={add}
    >
      {all.map((row, index) => {
        const values = valuesOf(row, dimensions.length);
        return (
          <Row
            // What a row is, its place says.
            // oxlint-disable-next-line react/no-array-index-key
            key={index}
            label={`row ${index + 1}`}
            onRemove={() => change(path, all.toSpliced(index, 1))}
          >
            {values.map((value, place) => (
              <ValueCell
                // oxlint-disable-next-line react/no-array-index-key
                key={place}
                label={`${dimensions[place] ?? `value ${place + 1}`}, row ${index + 1}`}
                value={value}
                path={[...path, index, "values", place]}
                onChange={(next) => change([...path, index, "values"], values.with(place, next))}
              />
            ))}
            <Cell
              label={`Each unit, row ${index + 1}`}
              value={textOf(row.unit_amount)}
              path={[...path, index, "unit_amount"]}
              onType={(text) => change([...path, index, "unit_amount"], text)}
            />
          </Row>
        );
      })}
    </RowGroup>
  );
}

/** As many as there are properties, and none that is there is left out. */
function valuesOf(row: Draft, count: number): unknown[] {
  const values = Array.isArray(row.values) ? (row.values as unknown[]) : [];
  return [...values, ...Array.from({ length: Math.max(0, count - values.length) }, () => "")];
}

const kinds: [text: string, value: unknown][] = [
  ["text", ""],
  ["true", true],
  ["false", false],
  ["nothing", null],
];

type ValueProps = { label: string; value: unknown; path: Path; onChange: (value: unknown) => void };

function ValueCell({ label, value, path, onChange }: ValueProps) {
  const kind = kinds.find(([, each]) => each === value)?.[0] ?? "text";
  return (
    <div className="flex min-w-0 flex-col gap-1 sm:flex-row sm:items-start">
      <select
        aria-label={`What ${label} is`}
        value={kind}
        onChange={(event) => onChange(kinds.find(([text]) => text === event.target.value)?.[1])}
        className="min-h-9 rounded-md border border-field bg-raised px-1 text-xs"
      >
        {kinds.map(([text]) => (
          <option key={text}>{text}</option>
        ))}
      </select>
      {kind === "text" && <Cell label={label} value={textOf(value)} path={path} onType={onChange} isText />}
    </div>
  );
}

type GroupProps = {
  title: string;
  path: Path;
  /** Of the width each has its share. Prices have most digits. */
  columns: (readonly [title: string, share: number])[];
  addText: string;
  onAdd: () => void;
  children: ReactNode;
};

const [columnRem, removeRem] = [5, 2.75];

function RowGroup({ title, path, columns, addText, onAdd, children }: GroupProps) {
  const id = useId();
  const error = useContext(FieldErrors)[path.join(".")];
  const shares = columns.map(([, share]) => `minmax(0, ${share}fr)`).join(" ");
  const style = {
    minWidth: `${columns.length * columnRem + removeRem}rem`,
    "--columns": `${shares} 2.25rem`,
  } as CSSProperties;
  return (
    <div role="group" aria-labelledby={id} className="col-span-full flex flex-col gap-1.5">
      <p id={id} className="font-medium">
        {title}
      </p>
      {/* Rows of many columns scroll by themselves. */}
      <div className="-m-1 overflow-x-auto p-1">
        <div className="flex flex-col gap-1.5" style={style}>
          <div aria-hidden className="grid grid-cols-(--columns) gap-2 text-xs text-muted">
            {columns.map(([name]) => (
              <span key={name} className="min-w-0 break-words">
                {name}
              </span>
            ))}
          </div>
          {children}
        </div>
      </div>
      {error !== undefined && <p className="text-xs text-danger">{error}</p>}
      <div>
        <Button onClick={onAdd}>
          <Plus size={14} aria-hidden /> {addText}
        </Button>
      </div>
    </div>
  );
}

function Row({ label, onRemove, children }: { label: string; onRemove: () => void; children: ReactNode }) {
  return (
    <div className="grid grid-cols-(--columns) items-start gap-2">
      {children}
      <button
        type="button"
        aria-label={`Remove ${label}`}
        onClick={onRemove}
        className="flex size-9 items-center justify-center rounded-md border border-line bg-raised text-muted hover:bg-danger-soft hover:text-danger"
      >
        <X size={14} aria-hidden />
      </button>
    </div>
  );
}

type CellProps = {
  label: string;
  value: string;
  placeholder?: string;
  path: Path;
  onType: (text: string) => void;
  isText?: boolean;
};

function Cell({ label, value, placeholder, path, onType, isText = false }: CellProps) {
  const id = useId();
  const error = useContext(FieldErrors)[path.join(".")];
  return (
    <div className="min-w-0 flex-1">
      <input
        aria-label={label}
        value={value}
        placeholder={placeholder}
        inputMode={isText ? "text" : "decimal"}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onType(event.target.value)}
        {...(error === undefined ? {} : { "aria-invalid": true, "aria-describedby": id })}
        className="min-h-9 w-full rounded-md border border-field bg-raised px-2 py-1.5 placeholder:text-muted aria-invalid:border-danger"
      />
      {error !== undefined && (
        <p id={id} className="text-xs text-danger">
          {error}
        </p>
      )}
    </div>
  );
}
