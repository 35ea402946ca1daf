import { ChevronDown, X } from "lucide-react";
import { useContext, useId, useState } from "react";
import { useSearchState } from "../search-state.ts";
import { Dialog } from "../ui/dialog.tsx";
import { FieldErrors } from "../ui/field.tsx";
import { Finder } from "../ui/finder.tsx";
import { howCustomersAreFound, useFoundCustomers } from "./found-customers.ts";
import { useCustomerName } from "./use-customer-name.ts";

const box = "inline-flex items-center gap-2 rounded-md border border-field bg-raised px-2.5 text-left";

/** Only what is of one customer, who is in the address. */
export function CustomerFilter() {
  const [{ customer_id: id }, change] = useSearchState();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <span className="inline-flex">
        <button
          type="button"
          onClick={() => setIsOpen(true)}
          className={`${box} min-h-8 ${id === undefined ? "" : "rounded-r-none border-r-0"}`}
        >
          <span className="max-w-48 truncate">Customer: {id === undefined ? "all" : <Name id={id} />}</span>
          <ChevronDown size={14} aria-hidden />
        </button>
        {id !== undefined && (
          <button
            type="button"
            aria-label="All customers"
            onClick={() => change({ customer_id: undefined })}
            className={`${box} min-h-8 rounded-l-none`}
          >
            <X size={14} aria-hidden />
          </button>
        )}
      </span>
      <PickCustomer isOpen={isOpen} onOpenChange={setIsOpen} onPick={(picked) => change({ customer_id: picked })} />
    </>
  );
}

/** Asks for a customer, and sends the id. */
export function CustomerField({
  label,
  name,
  defaultId,
}: {
  label: string;
  name: string;
  defaultId: string | undefined;
}) {
  const [id, setId] = useState(defaultId);
  const [isOpen, setIsOpen] = useState(false);
  const [labelId, valueId, errorId] = [useId(), useId(), useId()];
  const error = useContext(FieldErrors)[name];
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span id={labelId} className="font-medium">
        {label}
      </span>
      <button
        type="button"
        onClick={() => setIsOpen(true)}
        aria-labelledby={`${labelId} ${valueId}`}
        aria-describedby={error === undefined ? undefined : errorId}
        className={`${box} min-h-9 w-full justify-between ${error === undefined ? "" : "border-danger"}`}
      >
        <span id={valueId} className={`truncate ${id === undefined ? "text-muted" : ""}`}>
          {id === undefined ? "Choose a customer" : <Name id={id} />}
        </span>
        <ChevronDown size={14} aria-hidden />
      </button>
      <input type="hidden" name={name} value={id ?? ""} />
      {error !== undefined && (
        <p id={errorId} className="text-xs text-danger">
          {error}
        </p>
      )}
      <PickCustomer isOpen={isOpen} onOpenChange={setIsOpen} onPick={setId} />
    </div>
  );
}

function Name({ id }: { id: string }) {
  return useCustomerName(id) ?? "…";
}

type PickProps = { isOpen: boolean; onOpenChange: (isOpen: boolean) => void; onPick: (id: string) => void };

function PickCustomer({ isOpen, onOpenChange, onPick }: PickProps) {
  return (
    <Dialog title="Which customer?" isOpen={isOpen} onOpenChange={onOpenChange}>
      <Finder
        label="Customer"
        placeholder="A name, email or id"
        nothing={howCustomersAreFound}
        useFound={useCustomersAlone}
        onPick={({ key }) => {
          onOpenChange(false);
          onPick(key);
        }}
      />
    </Dialog>
  );
}

function useCustomersAlone(text: string) {
  const { customers, isPending } = useFoundCustomers(text);
  return { found: customers, sure: 0, isPending };
}
