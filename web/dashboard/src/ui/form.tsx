import { useEffect, useRef, useState, type ReactNode, type SyntheticEvent } from "react";
import { Button } from "./button.tsx";
import { ErrorNote } from "./error-note.tsx";
import { FieldErrors } from "./field.tsx";

/** What stands in the fields of a form, by name. */
export type Values = {
  /** Trimmed; "" where there is nothing. */
  text(name: string): string;
  /** Null where there is nothing. */
  textOrNull(name: string): string | null;
  all(name: string): string[];
};

export type FormProps = {
  children: ReactNode;
  submit: string;
  isDangerous?: boolean;
  onSubmit: (values: Values) => Promise<unknown>;
  onCancel?: () => void;
};

/** A form that sends once at a time and says beside its fields what the server did not take, and above its button what is no field's. */
export function Form({ children, submit, isDangerous = false, onSubmit, onCancel }: FormProps) {
  const [error, setError] = useState<Error | null>(null);
  const [isSending, setIsSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error === null) return;
    const wrong = form.current?.querySelector<HTMLElement>("[aria-invalid]");
    wrong?.focus();
    (wrong ?? form.current?.querySelector("[role=alert]"))?.scrollIntoView({ block: "nearest" });
  }, [error]);
  const send = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isSending) return;
    setIsSending(true);
    setError(null);
    try {
      await onSubmit(readValues(new FormData(event.currentTarget)));
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    } finally {
      setIsSending(false);
    }
  };
  return (
    <form ref={form} onSubmit={(event) => void send(event)} className="flex flex-col gap-3">
      <FieldErrors value={fieldErrorsOf(error)}>{children}</FieldErrors>
      <ErrorNote error={error} isTold={(path) => form.current?.elements.namedItem(path) !== null} />
      <div data-form-end className="flex justify-end gap-2">
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button type="submit" kind={isDangerous ? "danger" : "primary"} disabled={isSending} aria-busy={isSending}>
          {submit}
        </Button>
      </div>
    </form>
  );
}

function readValues(data: FormData): Values {
  const text = (name: string) => {
    const value = data.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  return {
    text,
    textOrNull: (name) => text(name) || null,
    all: (name) => data.getAll(name).filter((value) => typeof value === "string"),
  };
}

/** What the server said of the fields of a request, by their paths. */
export function fieldErrorsOf(error: Error | null): Record<string, string> {
  const fields = (error as { fields?: { path: string; message: string }[] } | null)?.fields ?? [];
  return Object.fromEntries(fields.map(({ path, message }) => [path, message]));
}
