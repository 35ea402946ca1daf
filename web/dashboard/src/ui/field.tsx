import { createContext, useContext, useId, type InputHTMLAttributes, type ReactNode } from "react";

const box =
  "w-full min-h-9 rounded-md border border-field bg-raised px-2.5 py-1.5 text-ink placeholder:text-muted disabled:opacity-60 aria-invalid:border-danger";

/** What the server said about the fields of the form around, by their names. */
export const FieldErrors = createContext<Record<string, string>>({});

type Common = { label: string; name: string; hint?: string | undefined };

type FieldProps = Common &
  InputHTMLAttributes<HTMLInputElement> & { /** What is sent instead of what is typed. */ submitted?: string };

export function Field({ label, name, hint, submitted, ...input }: FieldProps) {
  return (
    <Labelled label={label} name={name} hint={hint}>
      {(wiring) => (
        <>
          <input
            autoComplete="off"
            {...input}
            {...wiring}
            {...(submitted === undefined ? { name } : {})}
            className={box}
          />
          {submitted !== undefined && <input type="hidden" name={name} value={submitted} />}
        </>
      )}
    </Labelled>
  );
}

export function LongField({ rows = 3, ...props }: Common & { rows?: number; defaultValue?: string }) {
  const { label, name, hint, defaultValue } = props;
  return (
    <Labelled label={label} name={name} hint={hint}>
      {(wiring) => <textarea {...wiring} rows={rows} name={name} defaultValue={defaultValue} className={box} />}
    </Labelled>
  );
}

type ChoiceProps = Common & {
  options: readonly (readonly [value: string, label: string])[];
  defaultValue?: string;
  value?: string;
  onPick?: (value: string) => void;
};

export function Choice({ label, name, hint, options, defaultValue, value, onPick }: ChoiceProps) {
  return (
    <Labelled label={label} name={name} hint={hint}>
      {(wiring) => (
        <select
          {...wiring}
          name={name}
          className={box}
          {...(value === undefined
            ? { defaultValue, onChange: (event) => onPick?.(event.target.value) }
            : { value, onChange: (event) => onPick?.(event.target.value) })}
        >
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

export function Check({ label, name, value, defaultChecked }: Common & { value?: string; defaultChecked?: boolean }) {
  return (
    <label className="flex items-center gap-2">
      <input
        type="checkbox"
        name={name}
        value={value}
        defaultChecked={defaultChecked}
        className="size-4 accent-accent"
      />
      {label}
    </label>
  );
}

type Wiring = { id: string; "aria-describedby"?: string; "aria-invalid"?: true };

function Labelled(props: {
  label: string;
  name: string;
  hint?: string | undefined;
  children: (wiring: Wiring) => ReactNode;
}) {
  const id = useId();
  const error = useContext(FieldErrors)[props.name];
  const told = error ?? props.hint;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {props.label}
      </label>
      {props.children({
        id,
        ...(told === undefined ? {} : { "aria-describedby": `${id}-told` }),
        ...(error === undefined ? {} : { "aria-invalid": true as const }),
      })}
      {told !== undefined && (
        <p id={`${id}-told`} className={`text-xs ${error === undefined ? "text-muted" : "text-danger"}`}>
          {told}
        </p>
      )}
    </div>
  );
}
