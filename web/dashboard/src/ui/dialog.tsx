import { Dialog as Radix } from "radix-ui";
import { X } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button } from "./button.tsx";
import { Form, type FormProps } from "./form.tsx";
import { useToast } from "./toast.tsx";

type DialogProps = {
  title: string;
  note?: ReactNode;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  isWide?: boolean;
  children: ReactNode;
};

export function Dialog({ title, note, isOpen, onOpenChange, isWide = false, children }: DialogProps) {
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-20 bg-black/50" />
        <Radix.Content
          {...(note === undefined ? { "aria-describedby": undefined } : {})}
          className={`fixed top-1/2 left-1/2 z-30 flex max-h-[92dvh] w-[calc(100vw-1.5rem)] -translate-x-1/2 -translate-y-1/2 flex-col gap-3 overflow-y-auto rounded-lg border border-line bg-raised p-5 shadow-xl outline-none **:data-form-end:sticky **:data-form-end:-bottom-5 **:data-form-end:-my-3 **:data-form-end:bg-raised **:data-form-end:py-3 ${isWide ? "max-w-3xl" : "max-w-md"}`}
        >
          <div className="flex items-start justify-between gap-4">
            <Radix.Title className="text-base font-semibold break-words">{title}</Radix.Title>
            <Radix.Close
              aria-label="Close"
              className="-mt-1 -mr-2 shrink-0 rounded-md p-2 text-muted hover:bg-sunken hover:text-ink"
            >
              <X size={16} aria-hidden />
            </Radix.Close>
          </div>
          {note !== undefined && (
            <Radix.Description asChild>
              <div className="text-muted">{note}</div>
            </Radix.Description>
          )}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

type ActionProps = Omit<FormProps, "onCancel" | "submit" | "children"> & {
  /** On the button, and the dialog's title. */
  label: string;
  title?: string;
  note?: ReactNode;
  /** On the button that does it; otherwise as `label`. */
  submit?: string;
  kind?: "primary" | "plain" | "danger";
  /** Said when it is done; null says nothing. */
  done: string | null;
  isWide?: boolean;
  disabled?: boolean;
  children?: ReactNode;
};

/** A button that asks in a dialog, does it, closes and says so. */
export function ActionButton({ label, title = label, note, submit = label, kind, done, isWide, ...rest }: ActionProps) {
  const [isOpen, setIsOpen] = useState(false);
  const toast = useToast();
  const close = () => setIsOpen(false);
  return (
    <>
      <Button kind={kind ?? "plain"} disabled={rest.disabled} onClick={() => setIsOpen(true)}>
        {label}
      </Button>
      <Dialog
        title={title}
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        {...(note === undefined ? {} : { note })}
        {...(isWide ? { isWide } : {})}
      >
        <Form
          submit={submit}
          isDangerous={kind === "danger"}
          onCancel={close}
          onSubmit={async (values) => {
            await rest.onSubmit(values);
            close();
            if (done !== null) toast(done);
          }}
        >
          {rest.children}
        </Form>
      </Dialog>
    </>
  );
}
